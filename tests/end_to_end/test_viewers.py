"""Viewers as processes of their own: however many, however they end, no frame is lost by them."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from live_run import (
    PATIENCE_S,
    LiveRun,
    Outcome,
    StartRun,
    Table,
    merge,
    raw_sequences,
    restored_sequences,
    simulated,
)

from livecare import run_place
from livecare.sinks.reader import StoreReader
from livecare.sinks.verify import verify
from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import Where

CAMERA = {"restorer": {"camera": {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}}}
WINDOWS, READERS = 2, 8
"""Ten viewers: processes with a window each, and what such a process reads with, in threads."""
SLOTS = 8
FRAMES_WHILE_ONE_STANDS_STILL = 3 * SLOTS
"""More than the ring holds: who waited for a viewer would stand still, too."""
TICK_S = 0.033
"""Time between two looks of a window at the rings, seconds."""
RAW_RING = run_place.raw_ring(Path()).name
LOOK_S = 0.1
"""Time between two looks at a process, seconds: it says nothing of itself."""

Environment = dict[str, str]
View = Callable[[Path], "Viewer"]


@pytest.fixture
def qt() -> None:
    for module in ("PySide6.QtWidgets", "pyqtgraph"):
        pytest.importorskip(
            module,
            reason="the extra viewer is missing: pip install 'livecare[viewer]'",
            exc_type=ImportError,
        )


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Settings of nobody, and no screen."""
    own = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path / "settings")}
    return {**os.environ, **own}


class Viewer:
    """A `livecare view` on the runs of a folder."""

    def __init__(self, rings: Path, log: Path, environment: Environment) -> None:
        self._log = log
        command = [sys.executable, "-m", "livecare", "view", "--directory", str(rings)]
        with log.open("wb") as written:
            self.process = psutil.Popen(
                [*command, "--buffer-mb", "16"],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                env=environment,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def looks_at(self, run: LiveRun) -> bool:
        """Tell whether it has a run's raw ring in its memory."""
        assert self.process.poll() is None, self.log
        return maps(self.process, run_place.raw_ring(run.folder))


@pytest.fixture
def view(tmp_path: Path, environment: Environment) -> Iterator[View]:
    viewers: list[Viewer] = []

    def begin(rings: Path) -> Viewer:
        viewers.append(Viewer(rings, tmp_path / f"viewer{len(viewers)}.log", environment))
        return viewers[-1]

    yield begin
    for viewer in viewers:
        if viewer.process.poll() is None:
            viewer.process.kill()
            viewer.process.wait(PATIENCE_S)


class Reader:
    """What a window reads with, without the window; in a thread.

    `pairs` are the numbers of the frames of which it saw raw and restored at one time.
    """

    def __init__(self, rings: Path, over: threading.Event) -> None:
        self.pairs: set[int] = set()
        self._session, self._over = Session(Where(rings)), over

    def go_on(self) -> None:
        while not self._over.wait(TICK_S):
            self._session.step(time.monotonic())
            [shown] = self._session.buffer.view(None, 1).channels
            if shown.paired and shown.raw is not None:
                self.pairs.add(shown.raw.header.sequence)
        self._session.close()


@contextlib.contextmanager
def reading(rings: Path) -> Iterator[list[Reader]]:
    over = threading.Event()
    readers = [Reader(rings, over) for _ in range(READERS)]
    with ThreadPoolExecutor(READERS) as threads:
        ends = [threads.submit(reader.go_on) for reader in readers]
        try:
            yield readers
        finally:
            over.set()
        assert [end.result(PATIENCE_S) for end in ends] == [None] * READERS


def maps(process: psutil.Process, file: Path) -> bool:
    return any(each.path == str(file) for each in process.memory_maps())


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to that: {what}"
        time.sleep(LOOK_S)


def patient(rings: Path) -> Table:
    """A camera that waits while a crowd of viewers starts on a machine with few cores."""
    table = simulated(frames=None, rate_hz=10.0, buffer_frames=10_000)
    return merge(merge(table, CAMERA), {"ring": {"directory": str(rings), "slots": SLOTS}})


def assert_nothing_is_missing(run: LiveRun, outcome: Outcome) -> None:
    assert outcome.exit_code == 0, outcome.stderr
    ledger = outcome.report["ledger"]
    frames = ledger["acquired"]
    assert (ledger["recorded"], ledger["restored"]) == (frames, frames)
    assert (ledger["lost"], ledger["failed"]) == (0, 0)
    assert outcome.report["complete"]
    assert raw_sequences(run.store) == set(range(frames))
    assert restored_sequences(run.store) == set(range(frames))
    assert verify(run.store).complete


@pytest.mark.usefixtures("qt")
def test_ten_viewers_killed_held_up_and_left_by_the_daemon(
    start_run: StartRun, view: View, tmp_path: Path
) -> None:
    """They are there before the daemon, and those that are left go on with the next one."""
    rings = tmp_path / "rings"
    viewers = [view(rings) for _ in range(WINDOWS)]
    with reading(rings) as readers:
        run = start_run(patient(rings))
        run.until(lambda now: now.restorer == "ready" and now.ledger.restored > 0)
        wait_for(lambda: all(viewer.looks_at(run) for viewer in viewers), "all windows look at it")
        wait_for(
            lambda: all(reader.pairs for reader in readers), "all readers have raw beside restored"
        )
        killed, held = viewers
        killed.process.kill()
        assert killed.process.wait(PATIENCE_S) == -signal.SIGKILL
        held.process.suspend()
        before = run.snapshots[-1].ledger.recorded
        run.until(lambda now: now.ledger.recorded > before + FRAMES_WHILE_ONE_STANDS_STILL)
        held.process.resume()
        run.interrupt()
        assert_nothing_is_missing(run, run.finish())
    for reader in readers:
        assert len(reader.pairs) > FRAMES_WHILE_ONE_STANDS_STILL

    records_only = merge(patient(rings), {"restorer": {"enabled": False}})
    again = start_run(records_only)
    again.until(lambda now: now.ledger.recorded > 0)
    wait_for(lambda: held.looks_at(again), "it looks at the next run")
    again.interrupt()
    outcome = again.finish()
    assert outcome.exit_code == 0, outcome.stderr
    ledger = outcome.report["ledger"]
    assert ledger["lost"] == ledger["failed"] == 0
    assert raw_sequences(again.store) == set(range(ledger["acquired"]))
    held.process.terminate()
    assert held.process.wait(PATIENCE_S) == 0
    assert [viewer.log for viewer in viewers if "Traceback" in viewer.log] == []


class Demo:
    """A `livecare demo` in a folder of its own."""

    def __init__(self, folder: Path, environment: Environment, *arguments: str) -> None:
        folder.mkdir()
        self.store, self._log = folder / "livecare-demo-1.ome.zarr", folder / "log"
        command = [sys.executable, "-m", "livecare", "demo", "--size", "64", "64"]
        with self._log.open("wb") as log:
            self.process = psutil.Popen(
                [*command, "--engine", "identity", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def windows(self) -> list[psutil.Process]:
        """The viewers that it has opened."""
        assert self.process.poll() is None, self.log
        return [each for each in self.process.children() if "view" in each.cmdline()]

    def close(self) -> None:
        """Leave nothing behind."""
        strays = self.process.children(recursive=True) if self.process.is_running() else []
        for stray in (self.process, *strays):
            if stray.is_running():
                stray.kill()
        psutil.wait_procs([self.process, *strays], PATIENCE_S)


@pytest.fixture
def demo(tmp_path: Path, environment: Environment) -> Iterator[Callable[..., Demo]]:
    begun: list[Demo] = []

    def begin(*arguments: str, **more: str) -> Demo:
        folder = tmp_path / f"demo{len(begun)}"
        begun.append(Demo(folder, environment | more, *arguments))
        return begun[-1]

    yield begin
    for each in begun:
        each.close()


def recorded(store: Path) -> int:
    assert verify(store).complete
    return len(list(StoreReader(store).lines("raw")))


@pytest.mark.usefixtures("qt")
def test_a_demonstration_ends_when_its_window_is_closed(demo: Callable[..., Demo]) -> None:
    shown = demo("--frames", "100000")
    wait_for(lambda: shown.windows, "its window")
    [window] = shown.windows
    wait_for(lambda: any(each.path.endswith(RAW_RING) for each in window.memory_maps()), "frames")
    window.terminate()
    assert shown.process.wait(PATIENCE_S) == 0, shown.log
    assert 0 < recorded(shown.store) < 100_000


def test_a_demonstration_without_qt_says_so_and_goes_on(
    demo: Callable[..., Demo], tmp_path: Path
) -> None:
    stub = tmp_path / "stubs" / "PySide6"
    stub.mkdir(parents=True)
    missing = "raise ModuleNotFoundError(\"No module named 'PySide6'\", name='PySide6')\n"
    (stub / "__init__.py").write_text(missing, encoding="utf-8")
    path = os.pathsep.join(filter(None, (str(stub.parent), os.environ.get("PYTHONPATH"))))
    shown = demo("--frames", "10", PYTHONPATH=path)
    assert shown.process.wait(PATIENCE_S) == 0, shown.log
    assert "no window: the extra viewer is missing: pip install 'livecare[viewer]'" in shown.log
    assert recorded(shown.store) == 10
