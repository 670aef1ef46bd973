"""Knows how to wait for a core's next frame, of a sequence of whomever."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from livecare.frame import Pixels, StreamInfo
from livecare.sources.clock import Clock, StopSignal
from livecare.sources.micromanager.buffer import Buffer
from livecare.sources.micromanager.core import Core
from livecare.sources.micromanager.polling import poll_s
from livecare.sources.micromanager.settings import MicroManagerSettings
from livecare.sources.micromanager.view import View
from livecare.sources.poll import Poll
from livecare.sources.protocol import Arrival, NoFrame


@dataclass(frozen=True, slots=True)
class Desk:
    """What a reader works with.

    Attributes
    ----------
    core : Core
        Whose frames are read.
    view : View
        The stream that they make.
    settings : MicroManagerSettings
        How many are wanted, and how.
    metadata : pymmcore.Metadata
        What the core writes a frame's tags into.
    clock : Clock
        What time it is.
    stop : StopSignal
        Ends a wait.
    """

    core: Core
    view: View
    settings: MicroManagerSettings
    metadata: Any
    clock: Clock
    stop: StopSignal


class CoreReader(ABC):
    """Reads the frames of a core, as an own sequence or as a tap.

    Attributes
    ----------
    lost_at_end : int
        Frames that were lost after the last one that came.
    problem : str or None
        Why frames ended early; None if they did not.
    why_lost : str or None
        Why frames were lost in a sequence that went on; None if none was.
    """

    def __init__(self, desk: Desk) -> None:
        self._core = desk.core
        self._view = desk.view
        self._wanted = desk.settings.frames
        self._buffer = Buffer(desk.core, desk.metadata)
        self._clock = desk.clock
        self._stop = desk.stop
        self._arrived = 0
        self._t = 0
        self._anew = False
        self._ended = False
        self.lost_at_end = 0
        self.problem: str | None = None
        self.why_lost: str | None = None

    @abstractmethod
    def start(self) -> None:
        """Begin. Raises SourceError."""

    @abstractmethod
    def stop(self) -> None:
        """End what was begun; what is in the buffer stays there. Raises SourceError."""

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Wait for the next frame and copy it, or say what the stream became."""
        poll = Poll(self._clock, self._stop, timeout_s)
        while not self._over():
            said = self._look(pixels)
            if said is not None:
                return said
            wait_s = poll_s(self._interval_ns, self._view.exposure_ms)
            if not self._ended and not poll.wait(wait_s):
                return NoFrame.WAITING
        return NoFrame.ENDED

    @property
    @abstractmethod
    def _interval_ns(self) -> float | None:
        """Interval of the frames, ns, once it is known."""

    @abstractmethod
    def _look(self, pixels: Pixels) -> Arrival | StreamInfo | None:
        """Do what is next; give a frame or what the stream became, if it is that."""

    def _over(self) -> bool:
        return self._ended

    def _left(self) -> int | None:
        """Give how many frames are still wanted; None for no end."""
        return None if self._wanted is None else self._wanted - self._arrived
