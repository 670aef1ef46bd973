"""Hand-made stand-ins for the recorder's neighbours: a source, a sink, an inbox, a waker."""

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from livecare.errors import LivecareError, SourceError
from livecare.frame import FrameHeader, Pixels, Position, Restoration, StreamInfo
from livecare.link import Report
from livecare.link.strangers import MALFORMED, Strangers
from livecare.ring import GatingReader, OverrunnableReader, RingWriter
from livecare.sources.protocol import Arrival, NoFrame
from livecare.wire import FrameMessage

SHAPE = (4, 6)
FRAME_BYTES = 48
PATIENCE_S = 20.0
INFO = StreamInfo("run", "test", SHAPE, "uint16")
RESTORATION = Restoration(
    engine="identity",
    precision="exact",
    model="default-fast",
    model_sha256="0" * 64,
    normalisation="fixed",
    normalised_with={"low": 100.0, "high": 900.0},
    taken_ns=2000,
    engine_ns=500,
    published_ns=3000,
    batch=1,
)


class Ring:
    """A ring in a file, with all of its ends."""

    def __init__(self, folder: Path, slots: int = 4) -> None:
        path = folder / "test.ring"
        self.writer = RingWriter.create(path, slots, FRAME_BYTES)
        self.gate = GatingReader(path)
        self.reader = OverrunnableReader(path)

    def publish(
        self,
        sequence: int,
        restoration: Restoration | None = None,
        position: Position | None = None,
    ) -> None:
        slot = self.writer.claim()
        assert slot is not None
        slot.pixels(SHAPE, "uint16")[:] = sequence
        placed = replace(header(sequence), position=position or Position(sequence))
        self.writer.publish(slot, FrameMessage("run", placed, restoration))

    def close(self) -> None:
        for end in (self.writer, self.gate, self.reader):
            end.close()


def header(sequence: int) -> FrameHeader:
    return FrameHeader(sequence, Position(sequence), SHAPE, "uint16", received_ns=1000)


class ListSource:
    """Gives arrivals from a list, then ends or fails; a stop ends it where it is."""

    lost_at_end = 0
    problem = None

    def __init__(self, arrivals: list[Arrival], error: SourceError | None = None) -> None:
        self._arrivals = list(arrivals)
        self._error = error
        self._stopped = threading.Event()
        self.closed = 0

    def open(self, run_id: str) -> StreamInfo:
        return replace(INFO, run_id=run_id)

    def start(self) -> None:
        """Nothing to do."""

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        del timeout_s
        if self._arrivals and not self._stopped.is_set():
            arrival = self._arrivals.pop(0)
            pixels[:] = arrival.position.t
            return arrival
        if self._error is not None:
            raise self._error
        return NoFrame.ENDED

    def request_stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self.closed += 1


@dataclass
class ListSink:
    """Keeps what is appended; fails at a sequence if told to."""

    fails_at: int | None = None
    error: LivecareError | None = None
    frames: list[tuple[int, int]] = field(default_factory=list)
    provenances: list[Mapping[str, Any] | None] = field(default_factory=list)
    persisted = -1

    def append(
        self, header: FrameHeader, block: memoryview, provenance: Mapping[str, Any] | None = None
    ) -> None:
        if header.sequence == self.fails_at and self.error is not None:
            raise self.error
        self.frames.append((header.sequence, block[0] + 256 * block[1]))
        self.provenances.append(provenance)

    @property
    def sequences(self) -> list[int]:
        return [sequence for sequence, _ in self.frames]


class QueueInbox:
    """An inbox that a test fills: reports, errors to be raised, and None for a stranger's."""

    endpoint = "nowhere"

    def __init__(self) -> None:
        self.reports: queue.Queue[Report | LivecareError | None] = queue.Queue()
        self.strangers = Strangers("reports")

    def receive(self, timeout_ms: int = 100) -> Report | None:
        try:
            report = self.reports.get(timeout=timeout_ms / 1e3) if timeout_ms else self._now()
        except queue.Empty:
            return None
        if isinstance(report, LivecareError):
            raise report
        if report is None:
            self.strangers.refuse(MALFORMED)
        return report

    def _now(self) -> Report | LivecareError | None:
        return self.reports.get_nowait()


class CountingWaker:
    """Counts how often it was asked to wake the children."""

    endpoint = "nowhere"

    def __init__(self) -> None:
        self.count = 0

    def wake(self) -> None:
        self.count += 1
