"""Knows what the raw frames' lines tell of a run: when frames came, what was lost, and where."""

from dataclasses import dataclass
from typing import Final

from livecare.run_page.trace import Sample, Trace
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.numbers import NumberSet

MOST_LOSSES: Final = 20
"""Losses and new sequences of the camera that are told one by one; the others are counted."""
NS_PER_S: Final = 1e9


@dataclass(frozen=True, slots=True)
class Loss:
    """Frames that the camera took and that never arrived.

    Attributes
    ----------
    before : int
        Sequence of the frame that came next.
    frames : int
        Their number.
    estimated : bool
        Whether that is a guess from the frames' intervals.
    at_s : float or None
        When the next one came, seconds from the first frame.
    """

    before: int
    frames: int
    estimated: bool
    at_s: float | None


class RawLane:
    """Takes the raw frames' lines one after the other.

    Attributes
    ----------
    sequences : NumberSet
        Frames that have a line.
    first_ns, last_ns : int or None
        When the first and the last of them came, monotonic clock, ns.
    lost : int
        Frames lost in all.
    losses : list of Loss
        The first of these gaps.
    restarts : list of int
        Sequences at which the camera's own sequence had begun anew.
    restarted : int
        How often it has, in all.
    recovered : int
        Frames whose own line was lost.
    interval_ms : Trace
        From one frame's arrival to the next one's.
    samples : dict of int to Sample
        Some lines, by channel.
    """

    def __init__(self) -> None:
        self.sequences = NumberSet()
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.lost = self.recovered = 0
        self.losses: list[Loss] = []
        self.restarts: list[int] = []
        self.restarted = 0
        self.interval_ms = Trace()
        self.samples: dict[int, Sample] = {}
        self._epoch = 0

    @property
    def duration_s(self) -> float:
        """From the first frame's arrival to the last one's, seconds."""
        return 0.0 if self.last_ns is None else self.seconds(self.last_ns)

    def seconds(self, received_ns: int) -> float:
        """Return an instant of the monotonic clock in seconds from the first frame."""
        return (received_ns - (self.first_ns or 0)) / NS_PER_S

    def add(self, line: FrameLine) -> None:
        """Take the next line into account."""
        self.sequences.add(line.sequence)
        self.recovered += line.recovered
        self.samples.setdefault(line.c, Sample()).add(line)
        at_s = None if line.received_ns is None else self._arrive(line.sequence, line.received_ns)
        if line.lost_before:
            self.lost += line.lost_before
            if len(self.losses) < MOST_LOSSES:
                loss = Loss(line.sequence, line.lost_before, line.loss_estimated, at_s)
                self.losses.append(loss)
        if line.epoch != self._epoch:
            self._epoch = line.epoch
            self.restarted += 1
            if len(self.restarts) < MOST_LOSSES:
                self.restarts.append(line.sequence)

    def _arrive(self, sequence: int, received_ns: int) -> float:
        if self.first_ns is None:
            self.first_ns = received_ns
        at_s = self.seconds(received_ns)
        if self.last_ns is not None:
            self.interval_ms.add(sequence, at_s, (received_ns - self.last_ns) / 1e6)
        self.last_ns = received_ns
        return at_s
