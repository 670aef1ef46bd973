"""Knows what a subscriber is handed: a frame with all that was said of it."""

from dataclasses import dataclass

from livecare.frame import FrameHeader, Pixels, Restoration, StreamInfo


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """A frame that a run of livecare published.

    Attributes
    ----------
    topic : str
        "raw" or "restored".
    header : FrameHeader
        What the frame is: its sequence number, position and times.
    pixels : ndarray
        Shape (y, x), read-only: `pixels.copy()` may be written to.
    restoration : Restoration or None
        How it was made; None for a raw frame.
    info : StreamInfo
        The run that it belongs to.
    missed : int
        Frames of the sequence that this subscriber was not handed since the one before on the
        topic; 0 for the first of a run.
    """

    topic: str
    header: FrameHeader
    pixels: Pixels
    restoration: Restoration | None
    info: StreamInfo
    missed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A raw frame and what became of it.

    Attributes
    ----------
    raw, restored : Received
        Of the same run and sequence number.
    """

    raw: Received
    restored: Received
