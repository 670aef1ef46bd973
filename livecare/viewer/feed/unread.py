"""Knows which of the frames that came over a network are to be shown, before any pixel is read."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from livecare.sinks.layout import LANES, LaneName
from livecare.wire import FrameMessage, Part

REMEMBERED_BYTES: Final = 64 << 20
"""Raw frames that were not shown and are kept for the restored ones that come later, bytes as they
were sent: 8 of 2048 × 2048 pixels of 16 bits."""

KNOWN_FRAMES: Final = 256
"""Sequence numbers remembered per lane: a publisher that was restarted may repeat itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """A frame whose pixels are as they came.

    Attributes
    ----------
    lane : LaneName
        Raw or restored.
    message : FrameMessage
        What it is.
    part : bytes or memoryview
        Its pixels, perhaps compressed.
    """

    lane: LaneName
    message: FrameMessage
    part: Part

    @property
    def sequence(self) -> int:
        """Its sequence number."""
        return self.message.header.sequence


class UnreadFrames:
    """The frames of one run that wait to be shown."""

    def __init__(self) -> None:
        self._newest: dict[tuple[LaneName, int], Unread] = {}
        self._passed_over: deque[Unread] = deque()
        self._passed_over_bytes = 0
        self._known: dict[LaneName, deque[int]] = {
            lane: deque(maxlen=KNOWN_FRAMES) for lane in LANES
        }

    def add(self, frame: Unread) -> None:
        """Add a frame; one that comes a second time is passed over."""
        if frame.sequence in self._known[frame.lane]:
            return
        self._known[frame.lane].append(frame.sequence)
        key = frame.lane, frame.message.header.position.c
        other = self._newest.get(key)
        if other is None or other.sequence < frame.sequence:
            self._newest[key], frame_over = frame, other
        else:
            frame_over = frame
        if frame_over is not None and frame_over.lane == "raw":
            self._remember(frame_over)

    def choose(self) -> list[Unread]:
        """Return the newest of each lane and channel, and those restored from what was passed over.

        The oldest come first, and raw before restored. None of them comes again.
        """
        chosen = list(self._newest.values())
        restored = {each.sequence for each in chosen if each.lane == "restored"}
        for frame in [each for each in self._passed_over if each.sequence in restored]:
            self._passed_over.remove(frame)
            self._passed_over_bytes -= memoryview(frame.part).nbytes
            chosen.append(frame)
        self._newest = {}
        return sorted(chosen, key=lambda each: (each.sequence, each.lane))

    def _remember(self, frame: Unread) -> None:
        """Keep a raw frame for the restored one, and drop the oldest that do not fit."""
        self._passed_over.append(frame)
        self._passed_over_bytes += memoryview(frame.part).nbytes
        while self._passed_over_bytes > REMEMBERED_BYTES:
            self._passed_over_bytes -= memoryview(self._passed_over.popleft().part).nbytes
