"""The examples in docs and README, run as they are, as the processes that they are meant to be."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zmq
from push_bench import PATIENCE_S, Listener, Raw

EXAMPLES = Path(__file__).parents[3] / "examples"
PACKAGES = ("zeromq@6", "@msgpack/msgpack@3")
INSTALL_S = 90
FRAMES = 150
STARTS_EVERY = 100
"""Frames from one start message of the examples to the next."""

Messages = list[list[bytes]]


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


def said(command: list[str], folder: Path) -> Messages:
    """Run a sender with nothing but a socket in livecare's place; all that it says."""
    messages: Messages = []
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.setsockopt(zmq.RCVTIMEO, int(PATIENCE_S * 1000))
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        command = [*command, f"tcp://127.0.0.1:{port}", str(FRAMES)]
        with subprocess.Popen(command, cwd=folder) as sender:
            while not messages or head(messages[-1])["type"] != "end":
                messages.append(socket.recv_multipart())
            assert sender.wait(30) == 0
    return messages


def head(message: list[bytes]) -> dict[str, Any]:
    return msgspec.msgpack.decode(message[0])


def check_two_runs(command: list[str], folder: Path) -> None:
    """Each is an acquisition of its own, and a livecare that comes in mid-run counts no loss."""
    runs = [said(command, folder) for _ in range(2)]
    starts = [[each[0] for each in run if head(each)["type"] == "start"] for run in runs]
    assert [len(set(each)) for each in starts] == [1, 1], "a start is said again in the same bytes"
    assert len({msgspec.msgpack.decode(each[0])["info"]["run_id"] for each in starts}) == 2

    def go_on(endpoint: str) -> Raw:
        sender = Raw(endpoint, announce=False)
        for message in runs[0][1 + STARTS_EVERY :]:
            sender.socket.send_multipart(message)
        return sender

    with Listener(go_on, acquisitions=1) as listener:
        arrivals = listener.frames(FRAMES - STARTS_EVERY)
        assert listener.rest() == []
        assert [arrival.lost_before for arrival in arrivals] == [0] * len(arrivals)
        assert (listener.source.lost_at_end, listener.source.malformed) == (0, 0)


@pytest.fixture
def plain_python() -> list[str]:
    pytest.importorskip("msgpack", reason="the example packs with msgpack, as its reader would")
    return [sys.executable, str(EXAMPLES / "push_plain.py")]


def test_two_runs_of_plain_python(plain_python: list[str], tmp_path: Path) -> None:
    check_two_runs(plain_python, tmp_path)


def test_plain_python_without_livecare(plain_python: list[str], tmp_path: Path) -> None:
    script = Path(plain_python[1])
    imported = {
        line.split()[1]
        for line in script.read_text().splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported - set(sys.stdlib_module_names) == {"msgpack", "zmq"}
    frames = received(plain_python, tmp_path)
    camera = random.Random(0)
    for frame in frames:
        sent = np.frombuffer(camera.randbytes(frame.nbytes), "<u2").reshape(256, 256)
        np.testing.assert_array_equal(frame, sent)


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that the example needs; kept between runs where it can be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    named = os.environ.get("LIVECARE_NODE_FOLDER")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")  # two at a time would undo each other
    own = tmp_path_factory.getbasetemp().parent / f"livecare-node{worker}"
    folder = Path(named) if named else own
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


@pytest.fixture
def node(node_folder: Path) -> Iterator[list[str]]:
    node = shutil.which("node")
    assert node is not None
    folder = Path(tempfile.mkdtemp(prefix="example-", dir=node_folder))  # finds node_modules above
    yield [node, str(shutil.copy(EXAMPLES / "push_node.mjs", folder))]
    shutil.rmtree(folder, ignore_errors=True)


def test_two_runs_of_node(node: list[str], tmp_path: Path) -> None:
    check_two_runs(node, tmp_path)


def test_node(node: list[str], tmp_path: Path) -> None:
    frames = received(node, tmp_path)
    numbers = np.arange(256 * 256).reshape(256, 256) * 7
    for n, frame in enumerate(frames):
        np.testing.assert_array_equal(frame, 100 + (numbers + n) % 50)
