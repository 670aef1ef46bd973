"""A whole run under a service manager that is a socket of the test."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up_run import MadeUpCamera, configured

from livecare.config import Config
from livecare.errors import StoppedError
from livecare.frame import StreamInfo
from livecare.link.telemetry import Telemetry
from livecare.sinks.lane import Lane
from livecare.sinks.store import Store
from livecare.sinks.verify import verify
from livecare.supervisor import Run, attendance, part

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")

LOOKS = 8
"""Looks at a hung run: each would feed the watchdog, whose period is far shorter."""
PERIOD_S = 0.1
PATIENCE_S = 60.0
HANG_S = 0.5
"""How long a recording that hangs takes to be made here, seconds: more than two looks."""


class Notified:
    """The service manager: keeps what it is told."""

    def __init__(self, box: socket.socket) -> None:
        self._box = box
        self.lines: list[str] = []

    def hear(self) -> list[str]:
        """Take what has come; return all that ever came."""
        while True:
            try:
                self.lines += self._box.recv(4096, socket.MSG_DONTWAIT).decode().split("\n")
            except BlockingIOError:
                return self.lines

    @property
    def fed(self) -> int:
        return self.hear().count("WATCHDOG=1")

    def said(self, line: str) -> bool:
        return line in self.hear()


@pytest.fixture
def notified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notified]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
        box.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", str(round(PERIOD_S * 1e6)))
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        yield Notified(box)


def run(config: Config, source: MadeUpCamera, look: Callable[[Telemetry], None]) -> bool:
    return Run(config, source, look).execute().complete


def test_a_run_from_ready_to_the_end(notified: Notified, tmp_path: Path) -> None:
    ready = []

    def look(snapshot: Telemetry) -> None:
        ready.append((snapshot.stage, notified.said("READY=1")))

    assert run(configured(tmp_path), MadeUpCamera(frames=40), look)
    assert all(said == (stage != "starting") for stage, said in ready)
    lines = notified.hear()
    assert (lines.count("READY=1"), lines.count("STOPPING=1")) == (1, 1)
    assert lines.index("READY=1") < lines.index("WATCHDOG=1") < lines.index("STOPPING=1")
    assert any(line.startswith("STATUS=acquiring: recording ") for line in lines)
    assert "restorer off" in " ".join(lines)


def test_a_recording_thread_that_hangs_while_frames_wait_is_not_fed(
    notified: Notified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, hanging, go_on = Lane.append, threading.Event(), threading.Event()

    def hang(lane: Lane, *given: object, **more: object) -> None:
        if lane.name == "raw" and source.given >= 3 and not go_on.is_set():
            hanging.set()
            assert go_on.wait(PATIENCE_S)
        append(lane, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Lane, "append", hang)
    source = MadeUpCamera()
    looks: list[int] = []

    def look(snapshot: Telemetry) -> None:
        if go_on.is_set():
            if notified.fed > looks[-1]:
                execution.request_stop()
        elif hanging.is_set() and snapshot.ledger.acquired > snapshot.ledger.recorded:
            looks.append(notified.fed)
            if len(looks) > LOOKS:
                go_on.set()

    execution = Run(configured(tmp_path), source, look)
    assert execution.execute().complete
    assert looks[-1] == looks[1]  # the first look may have fed for frames before the hang
    assert verify(tmp_path / "run.ome.zarr").ok


def test_a_camera_that_pauses_is_fed(notified: Notified, tmp_path: Path) -> None:
    source = MadeUpCamera()
    paused: list[int] = []

    def look(snapshot: Telemetry) -> None:
        if snapshot.stage != "acquiring":
            return
        source.more.clear()
        if snapshot.ledger.acquired == snapshot.ledger.recorded == source.given:
            paused.append(notified.fed)
        if len(paused) > LOOKS:
            execution.request_stop()

    execution = Run(configured(tmp_path), source, look)
    assert execution.execute().complete
    assert paused[-1] > paused[0]


def test_a_source_that_waits_for_somebody_is_ready(notified: Notified, tmp_path: Path) -> None:
    config = configured(tmp_path, {"kind": "push", "push": {"endpoint": "tcp://127.0.0.1:1"}})

    class Waits(MadeUpCamera):
        def open(self, run_id: str) -> StreamInfo:
            while not self.stopped.wait(0.01):
                if notified.fed > 2:
                    execution.request_stop()
            raise StoppedError(f"{run_id}: nothing came before the stop")

    execution = Run(config, Waits(), lambda _: None)
    with pytest.raises(StoppedError, match="nothing came"):
        execution.execute()
    lines = notified.hear()
    assert lines.index("READY=1") < lines.index("STOPPING=1")
    assert "STATUS=waiting for an acquisition to begin (push)" in lines


def hold_up(monkeypatch: pytest.MonkeyPatch, notified: Notified, longest_s: float) -> list[int]:
    """Have each recording take until it was fed twice meanwhile; return how often it was."""
    made: list[int] = []
    create = part.create_store

    def create_late(config: Config, info: StreamInfo) -> Store:
        before, late = notified.fed, time.monotonic() + longest_s
        while notified.fed < before + 2 and time.monotonic() < late:
            time.sleep(0.01)
        made.append(notified.fed - before)
        return create(config, info)

    monkeypatch.setattr(part, "create_store", create_late)
    return made


class WaitsUntilReady(MadeUpCamera):
    """Gives its first frame once the service manager knows that it waits for one."""

    def __init__(self, notified: Notified) -> None:
        super().__init__(frames=3)
        self._notified = notified

    def open(self, run_id: str) -> StreamInfo:
        while not self._notified.said("READY=1"):
            self.stopped.wait(0.01)
        return super().open(run_id)


@pytest.mark.parametrize("hangs", [False, True])
def test_a_recording_that_takes_long_to_be_made_is_fed_unless_it_hangs(
    notified: Notified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    """As one of a plate with thousands of positions does."""
    monkeypatch.setattr(attendance, "SETTLING_S", -1.0)
    if hangs:
        monkeypatch.setattr(attendance, "MAKING_S", -1.0)
    made = hold_up(monkeypatch, notified, HANG_S if hangs else 10 * HANG_S)
    config = configured(tmp_path, {"kind": "push", "push": {"endpoint": "tcp://127.0.0.1:1"}})
    assert run(config, WaitsUntilReady(notified), lambda _: None)
    [fed] = made
    assert fed == (0 if hangs else 2)
