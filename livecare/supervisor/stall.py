"""When a restorer that is still alive is as good as dead: nothing comes from it, and work waits."""

import time
from collections.abc import Callable
from typing import Final

from livecare.recorder import Collection

LIVE_S: Final = 10.0
"""A restorer from which nothing comes for so long while frames wait, seconds, hangs: what it does
besides its engine takes milliseconds, and to measure a normalisation anew three seconds."""
STALLED_S: Final = 60.0
"""The same until the first normalisation is measured, while a machine starts everything at once.
And while no frame waits, but work is under way that nobody else does: an answer may have got lost,
and nothing else would find that out."""
SILENT_S: Final = 120.0
"""One that starts or gets ready says so every second; it hangs if it does not for so long, seconds:
its libraries take seconds to load, on a busy machine a minute, and it says nothing meanwhile."""
BATCHES: Final = 20
"""A slow engine may take so many times longer than it said of itself before it counts as hung."""
SLOWEST: Final = 4
"""And so many times longer than the slowest batch took: a machine that is overloaded shows it."""
LONGEST_PATIENCE_S: Final = 3600.0
"""Whatever it asks for, seconds: an hour is more than any engine takes to be built."""
LONGEST_LOOK_S: Final = 1.0
"""Of the time between two looks so much counts, seconds: where the whole machine slept, or this
process was stopped as well, the restorer had no time either."""


class StallWatch:
    """Watches a restorer; looked at a few times a second while it runs.

    Parameters
    ----------
    collection : Collection
        Hears the restorer.
    waiting : callable
        Says how many frames wait for it.
    clock : callable
        A steady clock, seconds.
    """

    def __init__(
        self,
        collection: Collection,
        waiting: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._collection = collection
        self._waiting = waiting
        self._clock = clock
        self._seen: tuple[int, int] | None = None
        self._looked = clock()
        self._silent_s = 0.0

    def reset(self) -> None:
        """Begin anew: there is another restorer, or none."""
        self._seen = None

    def look(self, *, under_way: bool) -> str:
        """Say why the restorer hangs; "" while it does not.

        Parameters
        ----------
        under_way : bool
            Whether somebody waits for its work although no frame may wait for it.
        """
        collection, now = self._collection, self._clock()
        passed_s, self._looked = now - self._looked, now
        seen = (collection.restorer.reports, len(collection.restored))
        waiting = self._waiting()
        allowed_s = self._allowed_s(waiting, under_way=under_way)
        busy_elsewhere = collection.keeping or collection.over  # then nobody hears the restorer
        if seen != self._seen or busy_elsewhere or allowed_s is None:
            self._seen, self._silent_s = seen, 0.0
            return ""
        self._silent_s += min(passed_s, LONGEST_LOOK_S)
        if self._silent_s <= allowed_s:
            return ""
        doing = "it got ready" if collection.restorer.ready is None else f"{waiting} frames waited"
        return f"hung: nothing came from it for {self._silent_s:.0f} s while {doing}"

    def _allowed_s(self, waiting: int, *, under_way: bool) -> float | None:
        """Return how long it may say nothing now, seconds; None for as long as it likes."""
        collection, ready = self._collection, self._collection.restorer.ready
        if ready is None or collection.restorer.getting_ready:
            return SILENT_S + min(collection.restorer.patience_s, LONGEST_PATIENCE_S)
        batches_s = max(
            BATCHES * ready.batch * ready.seconds_per_frame, SLOWEST * collection.slowest_s
        )
        if waiting:
            return max(LIVE_S if collection.normalisation else STALLED_S, batches_s)
        return max(STALLED_S, batches_s) if under_way else None
