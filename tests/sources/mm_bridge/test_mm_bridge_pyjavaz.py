"""The real client, pyjavaz, which pycromanager uses, takes the simulated server for a real one."""

import importlib.util
import subprocess
import sys

import pytest
from bridge_watching import serving

from livecare.simulated_bridge.misbehaviour import Misbehaviour

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyjavaz") is None,
    reason="the real client is needed: pip install pyjavaz==1.2.8",
)

# A process of its own: pyjavaz keeps threads, and calls the server when its process ends.
PRELUDE = """
import sys
import numpy as np
from pyjavaz import JavaObject
port = int(sys.argv[1])
core = JavaObject("mmcorej.CMMCore", port=port, timeout=20000)
"""
WHOLE_SESSION = """
assert core.get_camera_device() == "Camera"
assert core.get_current_config(core.get_channel_group()) == "GFP"
assert core.get_pixel_size_um(True) == core.get_pixel_size_um() == 0.1
assert not core.is_sequence_running()
core.set_exposure(5)
assert core.get_exposure() == 5.0
core.start_continuous_sequence_acquisition(0)
while core.get_remaining_image_count() < 3:
    pass
metadata = JavaObject("mmcorej.Metadata", port=port)
pixels = core.get_last_image_md(metadata)
assert metadata.has_tag("ImageNumber") and "ImageNumber" in metadata.dump()
assert (pixels.dtype, pixels.size) == (np.uint16, 32 * 48)
first = core.pop_next_image()
assert first.size == 32 * 48
core.stop_sequence_acquisition()
elsewhere = JavaObject("mmcorej.CMMCore", port=port, new_socket=True)
assert elsewhere.get_image_width() == 48
try:
    core.get_current_config(None)
    JavaObject("mmcorej.Nothing", port=port)
except Exception as error:
    assert "ClassNotFoundException" in str(error)
else:
    raise SystemExit("an unknown class was made")
print(pixels.astype(int).sum(), first.astype(int).sum())
"""
ODD_CHANNEL = """
while core.get_remaining_image_count() == 0:
    pass
try:
    core.get_last_image()
except ValueError:
    print("pyjavaz takes the channel for a placeholder")
"""


def run_client(script: str, port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + script, port],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_real_client_runs_a_whole_session() -> None:
    with serving(live=False) as bridge:
        ended = run_client(WHOLE_SESSION, bridge.endpoint.rpartition(":")[2])
        assert ended.returncode == 0, ended.stderr
        sums = {int(bridge.picture(index).sum()) for index in range(5)}
        assert {int(text) for text in ended.stdout.split()} <= sums
        assert bridge.calls["startContinuousSequenceAcquisition"] == 1
        assert bridge.calls["popNextImage"] == 1
        assert bridge.held == 0


def test_the_real_clients_trouble_with_an_at_sign_is_reproduced() -> None:
    with serving(misbehaviours={Misbehaviour.ODD_CHANNEL}) as bridge:
        ended = run_client(ODD_CHANNEL, bridge.endpoint.rpartition(":")[2])
        assert "takes the channel for a placeholder" in ended.stdout, ended.stderr
