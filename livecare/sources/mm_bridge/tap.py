"""Knows how to see each newest frame of a sequence soon and once, and to fetch none in vain."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.frame import Pixels, PixelType
from livecare.sources.clock import NS_PER_S, Clock
from livecare.sources.gaps import Gap, GapRule
from livecare.sources.mm_bridge.core import NewestImage, RemoteCore
from livecare.sources.mm_bridge.faults import RefusedCallError

SHORTEST_PAUSE_S: Final = 0.001
"""Between questions about the time that a frame is due, s: each is a call for Micro-Manager."""
LONGEST_PAUSE_S: Final = 0.005
"""Between questions otherwise, s: a delay that nobody sees."""
EARLY_S: Final = 0.003
"""So long before a frame is due it is asked for more often, s: arrivals vary by as much."""
DOUBT_S: Final = 0.25
"""With an unchanged number of frames in the buffer, look all the same after this long, s: somebody
who takes frames out as they come leaves the number as it is."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame that was not seen before.

    Attributes
    ----------
    pixels : ndarray, shape (y, x)
        A view on what came.
    shape_yx, dtype : tuple of int, PixelType
        Of the pixels.
    image_number, camera_time_ns : int or None
        The core's number and time of it (ns since the sequence began).
    gap : Gap
        What was passed over before it.
    """

    pixels: Pixels
    shape_yx: tuple[int, int]
    dtype: PixelType
    image_number: int | None
    camera_time_ns: int | None
    gap: Gap


class NewestTap:
    """Looks at the newest frame of one sequence and never takes any.

    Parameters
    ----------
    clock : Clock
        Tells when it was looked last.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gaps = GapRule()
        self._count: int | None = None
        self._latest: tuple[int | None, int | None] | None = None
        self._looked_ns = self._seen_ns = clock.now_ns()

    @property
    def pause_s(self) -> float:
        """How long to wait before the next look, s: short about the time that a frame is due."""
        interval_ns = self._gaps.interval_ns
        if interval_ns is None:
            return SHORTEST_PAUSE_S
        late_s = (self._clock.now_ns() - self._seen_ns - interval_ns) / NS_PER_S
        if late_s > interval_ns / NS_PER_S:
            return LONGEST_PAUSE_S
        return min(max(-late_s - EARLY_S, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)

    def look(self, core: RemoteCore, *, certainly: bool = False) -> Sight | None:
        """Give the newest frame; None if there is none, or if it was seen already.

        Parameters
        ----------
        core : RemoteCore
            The core; its errors pass through.
        certainly : bool
            Fetch the frame even where nothing seems to have changed.
        """
        count = core.remaining_image_count()
        now_ns = self._clock.now_ns()
        in_doubt = now_ns - self._looked_ns > DOUBT_S * NS_PER_S
        if count == 0 or not (certainly or in_doubt or count != self._count):
            return None
        self._looked_ns = now_ns
        try:
            newest = core.newest_image()
        except RefusedCallError as refusal:
            if refusal.buffer_is_empty:  # emptied since it was counted
                return None
            raise
        self._count = count  # only now: what could not be fetched is tried again
        return self._unseen(newest)

    def _unseen(self, newest: NewestImage) -> Sight | None:
        seen = newest.tags.image_number, newest.tags.camera_time_ns
        if seen == self._latest and seen != (None, None):
            return None
        self._latest, self._seen_ns = seen, self._clock.now_ns()
        gap = self._gaps.observe(*seen)
        pixels = np.reshape(newest.pixels, newest.shape_yx)
        return Sight(pixels, newest.shape_yx, newest.dtype, *seen, gap)
