"""Knows which of the kept instants is shown: the newest, a held one, or one after the other."""

from typing import Final, Protocol

from livecare.viewer.buffer import Instant

NS_PER_S: Final = 1_000_000_000

LONGEST_PAUSE_NS: Final = NS_PER_S
"""A longer gap between two kept frames is played as one of this length, ns: nobody waits it out."""

SHORTEST_PAUSE_NS: Final = 1_000_000
"""A shorter gap is played as one of this length, ns: no camera is faster."""


class Kept(Protocol):
    """What playback needs to know of the buffer."""

    @property
    def count(self) -> int:
        """How many instants are kept."""
        ...

    def instant(self, index: int) -> Instant | None:
        """Return what names the instant of an index for good; None where nothing is kept."""
        ...

    def index_of(self, instant: Instant) -> int:
        """Return the index of an instant, or of the oldest one kept if it has gone."""
        ...

    def received_ns(self, index: int) -> int:
        """Return when an instant's frame arrived, ns."""
        ...


class Playback:
    """The position in the buffer; live unless told otherwise.

    Attributes
    ----------
    playing, loop : bool
        Whether it moves by itself, and begins again at the end.
    speed : float
        × the speed at which the frames came.
    """

    def __init__(self) -> None:
        self._instant: Instant | None = None
        self._due_ns = 0.0
        self._looked_s: float | None = None
        self.playing = False
        self.loop = True
        self.speed = 1.0

    @property
    def live(self) -> bool:
        """Whether the newest frame is shown."""
        return self._instant is None

    def go_live(self) -> None:
        """Follow the camera again."""
        self._instant, self.playing = None, False

    def hold(self, kept: Kept, index: int) -> None:
        """Show the instant of an index, and stay there."""
        self.playing = False
        self._go_to(kept, index)

    def step(self, kept: Kept, by: int) -> None:
        """Show the instant so many further on; from live, before the newest."""
        at = self.index(kept)
        self.hold(kept, (kept.count - 1 if at is None else at) + by)

    def toggle(self, kept: Kept) -> None:
        """Play or pause; from live or from the end, play begins with the oldest."""
        if self.playing:
            self.playing = False
            return
        at = self.index(kept)
        if at is None or at >= kept.count - 1:
            self._go_to(kept, 0)
        self.playing = not self.live
        self._looked_s = None

    def index(self, kept: Kept) -> int | None:
        """Return the index that is shown now; None for live."""
        if self._instant is None or kept.count == 0:
            return None
        return kept.index_of(self._instant)

    def move(self, kept: Kept, now_s: float) -> int | None:
        """Go on as far as time has gone on since the last call; return as `index` does.

        Parameters
        ----------
        kept : Kept
            The buffer.
        now_s : float
            A clock that never goes back, seconds.
        """
        at = self.index(kept)
        passed_s = 0.0 if self._looked_s is None else now_s - self._looked_s
        self._looked_s = now_s
        if at is None or not self.playing:
            return at
        self._due_ns += passed_s * self.speed * NS_PER_S
        while self.playing and self._due_ns >= (wait := _pause_ns(kept, at)):
            self._due_ns -= wait
            if at < kept.count - 1:
                at += 1
            elif self.loop:
                at = 0
            else:
                self.playing = False
        self._instant = kept.instant(at)
        return at

    def _go_to(self, kept: Kept, index: int) -> None:
        self._due_ns = 0.0
        if kept.count:
            self._instant = kept.instant(max(0, min(index, kept.count - 1)))


def _pause_ns(kept: Kept, index: int) -> int:
    """Return the time from an instant to the next, ns; the last stays as long as the one before."""
    if kept.count < 2:  # noqa: PLR2004 - there is no next
        return LONGEST_PAUSE_NS
    first = min(index, kept.count - 2)
    between = kept.received_ns(first + 1) - kept.received_ns(first)
    return max(SHORTEST_PAUSE_NS, min(between, LONGEST_PAUSE_NS))
