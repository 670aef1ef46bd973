"""The examples in docs and README, run as they are, as the processes that they are meant to be."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from push_bench import Listener

EXAMPLES = Path(__file__).parents[3] / "examples"
PACKAGES = ("zeromq@6", "@msgpack/msgpack@3")
INSTALL_S = 90
FRAMES = 150


def received(command: list[str], folder: Path) -> list[np.ndarray]:
    """Run a sender that is given the endpoint and a number of frames; its frames."""

    def begin(endpoint: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, endpoint, str(FRAMES)], cwd=folder)

    with Listener(begin, acquisitions=1) as listener:
        frames = [listener.frame() for _ in range(FRAMES)]
        assert listener.rest() == []
        assert listener.sender.wait(30) == 0
        assert [arrival.position.t for arrival, _ in frames] == list(range(FRAMES))
        assert listener.stream.source == "push: my camera"
        assert (listener.source.lost_at_end, listener.source.malformed) == (0, 0)
    return [pixels for _, pixels in frames]


def test_plain_python_without_livecare(tmp_path: Path) -> None:
    pytest.importorskip("msgpack", reason="the example packs with msgpack, as its reader would")
    script = EXAMPLES / "push_plain.py"
    assert "livecare" not in [
        line.split()[1]
        for line in script.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    frames = received([sys.executable, str(script)], tmp_path)
    random = np.random.default_rng(0)
    for frame in frames:
        np.testing.assert_array_equal(frame, random.poisson(100, (256, 256)))


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that the example needs; kept between runs where it can be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    named = os.environ.get("LIVECARE_NODE_FOLDER")
    folder = Path(named) if named else tmp_path_factory.getbasetemp().parent / "livecare-node"
    if not all((folder / "node_modules" / p.rsplit("@", 1)[0]).is_dir() for p in PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm took over {INSTALL_S} s; run  {' '.join(command)}")
        if done.returncode:
            pytest.skip(
                f"no Node packages: {done.stderr[-200:]}; run  {' '.join(command)}, or set "
                "LIVECARE_NODE_FOLDER to a folder with them in node_modules"
            )
    return folder


def test_node(node_folder: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="example-", dir=node_folder))  # finds node_modules above
    try:
        script = shutil.copy(EXAMPLES / "push_node.mjs", folder)
        frames = received([shutil.which("node"), str(script)], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    numbers = np.arange(256 * 256).reshape(256, 256) * 7
    for n, frame in enumerate(frames):
        np.testing.assert_array_equal(frame, 100 + (numbers + n) % 50)
