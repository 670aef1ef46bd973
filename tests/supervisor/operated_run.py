"""A run in a thread, and somebody who asks it for things."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from livecare.client.endpoints import find_control
from livecare.config import CameraSection, Config
from livecare.frame import Pixels, Position, StreamInfo
from livecare.link.asking import ask
from livecare.link.requests import Answer, MarkRequest, RecordRequest
from livecare.sources.protocol import Arrival, NoFrame
from livecare.supervisor import Run, RunReport, Telemetry

PATIENCE_S = 60.0
PERIOD_S = 0.002
SHAPE, LARGER = (16, 20), (32, 24)
CHANNELS = 2
INFO = StreamInfo("", "counting", SHAPE, "uint16", channels=("a", "b"))


class CountingSource:
    """Frames whose pixels are their numbers, until it is stopped; two channels."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self.becomes: StreamInfo | None = None
        self.given = self._first = 0
        self.lost_at_end = 0
        self.problem: str | None = None
        self.why_lost: str | None = None

    def open(self, run_id: str) -> StreamInfo:
        return replace(INFO, run_id=run_id)

    def start(self) -> None:
        pass

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        del timeout_s
        if self._stopped.wait(PERIOD_S):
            return NoFrame.ENDED
        if self.becomes is not None:
            becomes, self.becomes = self.becomes, None
            self.given += self.given % CHANNELS  # a new epoch begins with the first channel
            self._first = self.given
            return becomes
        number = self.given
        pixels[:] = number % 60_000
        self.given += 1
        at = Position(t=(number - self._first) // CHANNELS, c=(number - self._first) % CHANNELS)
        return Arrival(at, received_ns=1, camera_index=number)

    def request_stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        pass


class Operated:
    """The run, and what it says of itself."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.source = CountingSource()
        self.snapshots: list[Telemetry] = []
        self._acts: list[Callable[[], None]] = []
        self._came = threading.Condition()
        self.run = Run(config, self.source, self._show)
        self.switch = self.run._switch
        self._threads = ThreadPoolExecutor(1)
        self._report = self._threads.submit(self.run.execute)

    def until(self, condition: Callable[[Telemetry], bool]) -> Telemetry:
        """Wait for a new snapshot for which the condition holds."""
        with self._came:
            seen = len(self.snapshots)
            found: list[Telemetry] = []

            def is_there() -> bool:
                found[:] = [each for each in self.snapshots[seen:] if condition(each)][:1]
                return bool(found) or self._report.done()

            assert self._came.wait_for(is_there, PATIENCE_S)
            assert found, f"the run ended: {self._report.result()}"
            return found[0]

    def ask(self, request: RecordRequest | MarkRequest) -> Answer:
        rings = self.config.ring.directory
        return ask(find_control(rings), request, PATIENCE_S)

    def have_done(self, act: Callable[[], None]) -> None:
        """Have something done in the run's own thread."""
        with self._came:
            self._acts.append(act)
            assert self._came.wait_for(lambda: not self._acts, PATIENCE_S)

    def end(self) -> RunReport:
        self.run.request_stop()
        report = self._report.result(PATIENCE_S)
        self._threads.shutdown()
        return report

    def _show(self, snapshot: Telemetry) -> None:
        with self._came:
            self.snapshots.append(snapshot)
            while self._acts:
                self._acts.pop()()
            self._came.notify_all()


def restoring(config: Config) -> Config:
    """Return a configuration in which frames are restored as they are."""
    section = config.restorer.model_copy(
        update={
            "enabled": True,
            "engine": "identity",
            "camera": CameraSection(gain=2.0, offset=0.0, read_noise=1.6),
        }
    )
    return config.model_copy(update={"restorer": section})


def acquires(telemetry: Telemetry) -> bool:
    return telemetry.stage == "acquiring" and telemetry.ledger.acquired > 0
