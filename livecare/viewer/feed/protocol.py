"""Knows what a feed is: a run's frames as they come, newest first, and never waited for."""

from typing import Protocol

from livecare.frame import StreamInfo
from livecare.viewer.seen import SeenFrame


class Feed(Protocol):
    """Frames of one run; for one thread."""

    @property
    def info(self) -> StreamInfo | None:
        """The run, as described last; None until that is known."""
        ...

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: the run, or this part of it, is over."""
        ...

    def take(self) -> list[SeenFrame]:
        """Return what is new, without waiting: of each lane and channel the newest frame.

        Where the raw frame that a restored one was made from can still be had, it comes too.
        Older frames come before newer ones.
        """
        ...

    def close(self) -> None:
        """Let go of the run; safe to call twice."""
        ...
