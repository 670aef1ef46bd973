"""Knows how frames of a run on this machine are read: out of its rings, which nobody holds up."""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from livecare import run_place, wire
from livecare.errors import ProtocolError, RingError
from livecare.frame import Position, StreamInfo
from livecare.ring import Phase
from livecare.run_owner import owner_lives
from livecare.viewer.buffer import SAME_INSTANT_NS
from livecare.viewer.feed.lane import IsNews, Lane
from livecare.viewer.seen import SeenFrame
from livecare.wire import FrameMessage, StartMessage

OWNER_CHECK_S: Final = 0.5
"""Time between two looks whether the run's process still lives, seconds; each takes 0.2 ms."""


class LocalFeed:
    """Frames of a run, or of a part of it, on this machine; for one thread.

    The rings need not be there yet, and may be gone again.

    Parameters
    ----------
    folder : Path
        The run's private folder.

    Attributes
    ----------
    info : StreamInfo or None
        The run, as described last.
    trouble : str or None
        Why its frames cannot be read, for people; None where they can.
    """

    def __init__(self, folder: Path) -> None:
        self.info: StreamInfo | None = None
        self.trouble: str | None = None
        self._folder = folder
        self._rings: _Rings | None = None
        self._newest_restored = -1
        self._taken: set[int] = set()
        self._closed = self._over = False
        self._lives, self._owner_checked_s = True, 0.0
        self._passed_over = 0

    @property
    def passed_over(self) -> int:
        """How many frames, raw and restored, came and were not taken."""
        rings = self._rings
        now = 0 if rings is None else rings.raw.passed_over + rings.restored.passed_over
        return self._passed_over + now

    @property
    def killed(self) -> bool:
        """Whether the run's process is gone, and has left its folder behind."""
        return not self._owner_lives() and run_place.owner_file(self._folder).exists()

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: the run, or this part of it, is over."""
        if not self._over:
            said = run_place.end_file(self._folder).exists() or self._ring_is_closed()
            self._over = said or not self._owner_lives()
        return self._over

    def take(self) -> list[SeenFrame]:
        """Return what is new, without waiting: every frame where few came, else the newest.

        Where the raw frame that a restored one was made from is still in the ring, it comes too;
        and where frames are passed over, it comes in place of a raw frame hardly newer.
        """
        frames: list[SeenFrame] = []
        try:
            if (rings := self._open_rings()) is not None:
                restored = self._take_restored(rings.restored)
                frames = restored + self._take_raw(rings.raw, restored)
            self.trouble = None
        except (RingError, ProtocolError) as error:  # not whole yet, or of another version
            self.trouble = str(error)
        for frame in frames:
            self._note_growth(frame.header.position)
        return sorted(frames, key=lambda each: (each.header.sequence, each.restoration is not None))

    def close(self) -> None:
        """Let go of the rings; safe to call twice."""
        self._closed = True
        self._passed_over = self.passed_over
        if self._rings is not None:
            self._rings.close()
            self._rings = None

    def _take_restored(self, lane: Lane) -> list[SeenFrame]:
        tickets = self._choose(lane, lambda _, it: it.header.sequence > self._newest_restored)
        frames = _copy(lane, tickets)
        newest = max(map(_sequence, frames), default=-1)
        self._newest_restored = max(self._newest_restored, newest)
        return frames

    def _take_raw(self, lane: Lane, restored: list[SeenFrame]) -> list[SeenFrame]:
        tickets = self._choose(lane, _is_live)
        oldest = lane.reader.published - lane.reader.slots
        self._taken = {each for each in self._taken if each >= oldest}
        have = self._taken.union(tickets)
        wanted = [ticket for ticket in map(_sequence, restored) if ticket not in have]
        sources = [each for each in _copy(lane, wanted) if _sequence(each) in wanted]
        if lane.skipping:
            tickets = [each for each in tickets if not _is_hardly_newer(lane, each, sources)]
        frames = sources + _copy(lane, tickets)
        self._taken.update(map(_sequence, frames))
        return frames

    def _choose(self, lane: Lane, is_news: IsNews) -> list[int]:
        channels = 1 if self.info is None else len(self.info.channels)
        frames = 1 if self.info is None else self.info.frames_per_timepoint
        return lane.choose(channels, frames, is_news)

    def _open_rings(self) -> "_Rings | None":
        """Return the rings, once they and the description of the run are there."""
        if self._closed or self._rings is not None:
            return self._rings
        raw_ring, restored_ring = map(
            Path.exists, (run_place.raw_ring(self._folder), run_place.restored_ring(self._folder))
        )
        if raw_ring and restored_ring and self._read_start():
            self._rings = _Rings(self._folder)
            if self._rings.raw.reader.phase is not Phase.LIVE:
                # What was passed over live is being restored: older than the ring remembers.
                reader = self._rings.raw.reader
                self._newest_restored = reader.published - reader.slots - 1
        return self._rings

    def _read_start(self) -> bool:
        """Read what the run says of itself; False where it has not yet, or is gone.

        Raises
        ------
        ProtocolError
            If it is another version's.
        """
        try:
            message = wire.decode(run_place.start_file(self._folder).read_bytes())
        except OSError:
            return False
        if isinstance(message, StartMessage):
            self.info = message.info
        return self.info is not None

    def _note_growth(self, at: Position) -> None:
        """Read the description again where the stream has grown since."""
        info = self.info
        if info is not None and (
            at.c >= len(info.channels) or at.z >= info.size_z or at.p >= len(info.positions)
        ):
            with contextlib.suppress(ProtocolError):
                self._read_start()

    def _ring_is_closed(self) -> bool:
        try:
            return self._rings is not None and self._rings.raw.reader.phase is Phase.CLOSED
        except RingError:
            return True  # damaged

    def _owner_lives(self) -> bool:
        now_s = time.monotonic()
        if self._lives and now_s - self._owner_checked_s > OWNER_CHECK_S:
            self._owner_checked_s = now_s
            self._lives = owner_lives(run_place.owner_file(self._folder)) is not False
        return self._lives


class _Rings:
    """Both rings of a run."""

    def __init__(self, folder: Path) -> None:
        self.raw = Lane(run_place.raw_ring(folder))
        try:
            self.restored = Lane(run_place.restored_ring(folder))
        except RingError:
            self.raw.close()
            raise

    def close(self) -> None:
        self.raw.close()
        self.restored.close()


def _copy(lane: Lane, tickets: Iterable[int]) -> list[SeenFrame]:
    """Copy what is still there of these frames."""
    copies = (lane.reader.copy(ticket) for ticket in tickets)
    return [
        SeenFrame(message.run_id, message.header, pixels, message.restoration)
        for message, pixels in filter(None, copies)
    ]


def _sequence(frame: SeenFrame) -> int:
    return frame.header.sequence


def _is_live(ticket: int, message: FrameMessage) -> bool:
    """Tell whether a raw frame is in the ring as it came: one that is sent again is later there."""
    return message.header.sequence == ticket


def _is_hardly_newer(lane: Lane, ticket: int, sources: list[SeenFrame]) -> bool:
    """Tell whether a raw frame can be left out beside that which a restored one was made from."""
    message = lane.reader.glance(ticket)
    return message is not None and any(
        each.header.position.c == message.header.position.c
        and message.header.received_ns - each.header.received_ns < SAME_INSTANT_NS
        for each in sources
    )
