"""Knows how one ring is read for a screen: every frame while few wait, else the newest."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from livecare.ring import OverrunnableReader
from livecare.wire import FrameMessage

FEW: Final = 4
"""Frames that may wait and are all taken: a camera of up to 120 frames a second and a screen of 30
leave no gap."""

COPIED_BYTES: Final = 12 << 20
"""What may be copied at each look before frames are passed over, bytes: about 3 ms. At 30 looks a
second, a camera of 2048 × 2048 pixels and 40 frames a second leaves no gap; of a faster one the
newest frames are enough."""

SAVED_LOOKS: Final = 4
"""Looks whose unused copies may be made later: a look that is late loses nothing."""


IsNews = Callable[[int, FrameMessage], bool]
"""Tells from its ticket and header whether a frame is to be shown as new."""


class Lane:
    """One ring on its way to the screen; begins with the newest frames that lie there.

    Parameters
    ----------
    path : Path
        The ring.

    Raises
    ------
    RingError
        If it is missing or no ring.

    Attributes
    ----------
    reader : OverrunnableReader
        The ring's end.
    passed_over : int
        Frames that were published and not chosen.
    skipping : bool
        Whether the last look passed frames over.
    """

    def __init__(self, path: Path) -> None:
        self.reader = OverrunnableReader(path)
        self.passed_over = 0
        self.skipping = False
        self._next: int | None = None
        self._credit = 0

    def choose(self, channels: int, frames_per_timepoint: int, is_news: IsNews) -> list[int]:
        """Return the tickets of the frames to take that have come since the last look.

        All where they are few; else the newest of each channel.

        Parameters
        ----------
        channels, frames_per_timepoint : int
            Of the stream.
        is_news : callable
            Tells which frames count.

        Raises
        ------
        ProtocolError
            If a slot does not hold a frame that this livecare knows.
        """
        few = min(max(FEW, frames_per_timepoint), self.reader.slots)
        published = self.reader.published
        first_look = self._next is None
        begin = max(0, published - few) if self._next is None else self._next
        self._next = published
        self._credit = min(self._credit + COPIED_BYTES, SAVED_LOOKS * COPIED_BYTES)
        waiting = range(begin, published)
        needed = len(waiting) * self.reader.block_bytes
        if len(waiting) <= few and (len(waiting) <= 1 or needed <= self._credit):
            chosen = self._newest(waiting, is_news)
            self._credit = max(0, self._credit - needed)
            self.skipping = False
        else:
            chosen = self._newest(waiting[-few:], is_news, channels)
            self._credit = 0  # a camera that is too fast stays so: no bursts
            self.skipping = True
            self.passed_over += 0 if first_look else len(waiting) - len(chosen)
        return chosen

    def close(self) -> None:
        """Let go of the ring."""
        self.reader.close()

    def _newest(
        self, tickets: Iterable[int], is_news: IsNews, channels: int | None = None
    ) -> list[int]:
        """Return the newest ticket of each channel, or with None all; the oldest first."""
        found: dict[int, int] = {}
        for ticket in sorted(tickets, reverse=True):
            message = self.reader.glance(ticket)
            if message is not None and is_news(ticket, message):
                key = ticket if channels is None else message.header.position.c
                found.setdefault(key, ticket)
            if len(found) == channels:
                break
        return sorted(found.values())
