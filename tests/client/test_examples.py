"""Every example does what it says, as far as what it needs is installed."""

import contextlib
import importlib.util
import json
import os
import runpy
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from preview_stage import PreviewStage
from push_receiver import PushReceiver

from livecare import wire
from livecare.frame import FrameHeader, Position, Restoration, StreamInfo
from livecare.wire import FrameMessage, StartMessage

EXAMPLES = Path(__file__).parents[2] / "examples"
SHAPE = (4, 6)
RESTORATION = Restoration(
    "identity", "fp32", "none", "", "fixed", {"low": 0.0, "high": 1.0}, 0, 1_000_000, 0, 1
)
TOPICS = "raw", "restored"


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


class RunningDaemon:
    """Publishes raw and restored frames for ever, in a thread."""

    def __init__(self) -> None:
        self.stage = PreviewStage()
        self.endpoint = self.stage.endpoint
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._publish)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self.stage.close()

    def _publish(self) -> None:
        sequence = 0
        while not self._closing.wait(0.01):
            self.stage.start("run", *TOPICS)
            for topic in TOPICS:
                header = FrameHeader(sequence, Position(sequence), SHAPE, "uint16", 1)
                restoration = None if topic == "raw" else RESTORATION
                message = wire.encode(FrameMessage("run", header, restoration))
                self.stage.say(topic.encode(), message, bytes([sequence % 256, 1]) * 24)
            sequence += 1


@pytest.fixture
def daemon() -> Iterator[RunningDaemon]:
    daemon = RunningDaemon()
    yield daemon
    daemon.close()


@pytest.fixture
def receiver() -> Iterator[PushReceiver]:
    receiver = PushReceiver()
    yield receiver
    receiver.close()


def run_python(
    script: str, *arguments: str, offscreen: bool = False
) -> "subprocess.CompletedProcess[str]":
    environment = dict(os.environ, PYTHONPATH=str(EXAMPLES))
    if offscreen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env=environment,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def test_the_notebook_runs_from_the_first_cell_to_the_last(daemon: RunningDaemon) -> None:
    notebook = json.loads((EXAMPLES / "jupyter_subscribe.ipynb").read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    script = ""
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        if cell["cell_type"] == "code" and ("picture" not in tags or installed("matplotlib")):
            assert cell["outputs"] == []
            script += "".join(cell["source"]) + "\n"
            if "parameters" in tags:
                script += f"endpoint = {daemon.endpoint!r}\n"
    said = run_python(script).stdout
    assert "run run: (4, 6)" in said
    assert "noise of 0.0 counts removed" in said


NAPARI = """
import sys
from napari.components import ViewerModel
from napari.qt import get_qapp
from qtpy.QtCore import QTimer
from napari_live import show_live

app = get_qapp()
viewer = ViewerModel()  # all of a viewer but the window, which wants OpenGL
showing = show_live(viewer, sys.argv[1])
seen = {"raw": set(), "restored": set()}

def look():
    for layer in viewer.layers:
        seen[layer.name].add(int(layer.data[0, 0]))
    if min(map(len, seen.values())) >= 3:
        showing.stop()
        app.quit()

timer = QTimer(interval=20)
timer.timeout.connect(look)
timer.start()
app.exec_()
print(len(viewer.layers) == 2 or seen)
"""


def test_napari_shows_both_as_they_come(daemon: RunningDaemon) -> None:
    if not installed("napari"):  # importing it here would bring its warnings, which are errors
        pytest.skip("napari is not installed")
    run_python(NAPARI, daemon.endpoint, offscreen=True)


PYCROMANAGER = """
import sys
from pathlib import Path
import mm_test_adapters
from pycromanager import Core, start_headless, stop_headless
from pycromanager_hook import acquire

adapters = Path(mm_test_adapters.device_adapter_path())
start_headless(str(adapters), config_file=str(adapters / "MMConfig_demo.cfg"), python_backend=True)
Core().set_exposure(1)
acquire(sys.argv[2], sys.argv[1])
stop_headless()
"""


def test_the_pycromanager_example_sends_every_image(receiver: PushReceiver, tmp_path: Path) -> None:
    pytest.importorskip("pycromanager", reason="pycromanager is not installed")
    pytest.importorskip("mm_test_adapters", reason="the extra 'micromanager' is missing")
    said = run_python(PYCROMANAGER, receiver.endpoint, str(tmp_path)).stdout
    [run] = receiver.await_ends()
    assert "200 images of 200 went to livecare, 0 found it busy" in said
    assert len(run.frames) == 200


class OwnThread:
    """A core whose acquisition takes events until there are no more, and notes them."""

    acquired: list[object]

    def run_mda(self, events: Iterator[object]) -> threading.Thread:
        self.acquired = []
        self.thread = threading.Thread(target=lambda: self.acquired.extend(events), daemon=True)
        self.thread.start()
        return self.thread

    def getXPosition(self) -> float:  # noqa: N802 Micro-Manager's name
        return 0.0

    getYPosition = getXPosition  # noqa: N815 Micro-Manager's name


def test_smart_microscopy_ends_its_acquisition_when_a_reaction_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = types.SimpleNamespace
    monkeypatch.setitem(sys.modules, "useq", types.SimpleNamespace(MDAEvent=event))
    monkeypatch.setitem(sys.modules, "pymmcore_plus", types.SimpleNamespace(CMMCorePlus=OwnThread))
    smart = runpy.run_path(str(EXAMPLES / "smart_microscopy.py"))
    names, core = smart["run"].__globals__, OwnThread()
    names["tap_core"] = lambda *_, **__: contextlib.nullcontext()
    names["subscribe"] = lambda *_, **__: contextlib.nullcontext(iter(["no frame"]))
    with pytest.raises(AttributeError, match="pixels"):
        smart["run"](core)
    core.thread.join(1.0)
    assert not core.thread.is_alive(), "it waits for another event"
    assert len(core.acquired) == 1


SMART = """
import sys
from pathlib import Path
import mm_test_adapters
from pymmcore_plus import CMMCorePlus
from smart_microscopy import run

adapters = Path(mm_test_adapters.device_adapter_path())
core = CMMCorePlus(mm_path=str(adapters))
core.setDeviceAdapterSearchPaths([str(adapters)])
core.loadSystemConfiguration(str(adapters / "MMConfig_demo.cfg"))
core.setProperty("Camera", "PixelType", "16bit")
for event in run(core, 6, *sys.argv[1:]):
    print(event.exposure, event.x_pos, event.y_pos)
"""


def answer(receiver: PushReceiver, stage: PreviewStage, stopped: Callable[[], bool]) -> None:
    """Publish each frame that comes as its own restoration: what livecare with identity does."""
    stage.await_subscriptions()
    answered = 0
    while not stopped():
        for run in receiver.runs:
            for header, pixels in list(zip(run.headers, run.frames, strict=False))[answered:]:
                stage.say(b"restored", wire.encode(StartMessage(own_name(run.info))))
                message = FrameMessage("run", header, RESTORATION)
                stage.say(b"restored", wire.encode(message), pixels.tobytes())
                answered += 1


def own_name(info: StreamInfo) -> StreamInfo:
    return StreamInfo("run", info.source, info.shape_yx, info.dtype, pixel_size_um=1.0)


def test_smart_microscopy_moves_the_stage_and_changes_the_exposure(
    receiver: PushReceiver,
) -> None:
    pytest.importorskip("pymmcore_plus", reason="pymmcore-plus is not installed")
    pytest.importorskip("mm_test_adapters", reason="the extra 'micromanager' is missing")
    stage, stopped = PreviewStage(), threading.Event()
    daemon = threading.Thread(target=answer, args=(receiver, stage, lambda: stopped.wait(0.01)))
    daemon.start()
    try:
        said = run_python(SMART, receiver.endpoint, stage.endpoint).stdout
    finally:
        stopped.set()
        daemon.join()
        stage.close()
    acquired = [tuple(map(float, line.split())) for line in said.splitlines() if line[:1].isdigit()]
    [run] = receiver.await_ends()
    assert len(run.frames) == len(acquired) >= 6
    assert len({exposure for exposure, _, _ in acquired}) > 1
    assert len({tuple(place) for _, *place in acquired}) > 1
