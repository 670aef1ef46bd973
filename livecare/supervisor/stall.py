"""When a restorer that is still alive is as good as dead."""

import time
from typing import Final

from livecare.recorder import Collection

STALLED_S: Final = 60.0
"""A restorer that has work and settles no frame for so long, seconds, hangs."""
STARTING_S: Final = 300.0
"""Time to get ready, seconds: loading a model takes seconds, on a busy machine a minute."""
BATCHES: Final = 20
"""A slow engine may take so many times longer than it said of itself before it counts as hung."""


class StallWatch:
    """Watches a restorer that has work; looked at a few times a second."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._seen: tuple[bool, int, int, int, int] | None = None
        self._since = time.monotonic()

    @property
    def stalled(self) -> bool:
        """Tell whether it has done nothing for longer than anything can explain."""
        collection = self._collection
        ready = collection.ready
        seen = (
            ready is None,
            collection.generation,
            collection.cursor,
            len(collection.restored),
            len(collection.failed),
        )
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
            return False
        batch_s = 0.0 if ready is None else ready.batch * ready.seconds_per_frame
        allowed_s = STARTING_S if ready is None else max(STALLED_S, BATCHES * batch_s)
        return time.monotonic() - self._since > allowed_s
