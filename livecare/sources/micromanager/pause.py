"""Knows how long to leave a camera alone that somebody else stopped."""

from typing import Final

from livecare.sources.clock import NS_PER_S, Clock

SETTLE_NS: Final = NS_PER_S // 5
"""Rest after a stop, ns: whoever stopped the camera sets more than one thing, and could not while
it ran again. The camera takes no frames meanwhile, so none is lost."""
PATIENCE_NS: Final = 10 * NS_PER_S
"""How long a camera may refuse to start again, or start and send nothing, ns: a change of mode
takes seconds on some."""


class Pause:
    """The time between two sequences."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_ns = clock.now_ns()
        self._settled_ns = self._since_ns + SETTLE_NS

    @property
    def over(self) -> bool:
        """Whether the camera was left alone long enough."""
        return self._clock.now_ns() >= self._settled_ns

    @property
    def too_long(self) -> bool:
        """Whether the camera should have started by now."""
        return self._clock.now_ns() >= self._since_ns + PATIENCE_NS

    def again(self) -> None:
        """Leave the camera alone once more."""
        self._settled_ns = self._clock.now_ns() + SETTLE_NS
