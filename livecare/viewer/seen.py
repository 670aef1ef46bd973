"""Knows what the viewer has seen: frames as they came, and those that are shown together."""

from dataclasses import dataclass

from livecare.frame import FrameHeader, Pixels, Restoration


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A frame that reached the viewer.

    Attributes
    ----------
    run_id : str
        The run that it belongs to.
    header : FrameHeader
        What it is; `shape_yx` is the camera's, whatever was reduced.
    pixels : array, shape (y, x)
        Its pixels, read-only, in memory of its own.
    restoration : Restoration or None
        How it was made; None for a raw frame.
    reduction : int
        Each pixel is the mean of so many by so many of the camera's; 1 where nothing was reduced.
    """

    run_id: str
    header: FrameHeader
    pixels: Pixels
    restoration: Restoration | None = None
    reduction: int = 1

    @property
    def restored(self) -> bool:
        """Whether a network made it: neither a raw frame nor one that was passed on as raw."""
        return self.restoration is not None and not self.restoration.passed_through


@dataclass(frozen=True, slots=True)
class ChannelView:
    """What is shown of one channel.

    Attributes
    ----------
    raw : SeenFrame or None
        The raw frame.
    restored : SeenFrame or None
        The frame that was restored from it or, where the restorer is behind, the newest before it.
    source : SeenFrame or None
        The raw frame that `restored` was made from; None where it was not seen.
    """

    raw: SeenFrame | None = None
    restored: SeenFrame | None = None
    source: SeenFrame | None = None

    @property
    def paired(self) -> bool:
        """Whether both show the same instant."""
        return self.raw is not None and self.raw is self.source


@dataclass(frozen=True, slots=True)
class View:
    """What is shown at one time.

    Attributes
    ----------
    channels : tuple of ChannelView
        By the index of the channel.
    index, count : int
        Which of the kept instants it is, from 0, and how many there are.
    live : bool
        Whether it follows the camera.
    """

    channels: tuple[ChannelView, ...] = ()
    index: int = 0
    count: int = 0
    live: bool = True
