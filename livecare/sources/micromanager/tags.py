"""Knows the tags that a core puts on a frame of a sequence, all of them text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from livecare.sources.clock import NS_PER_MS, NS_PER_S

NS_PER_US: Final = 1_000
"""Nanoseconds of a microsecond."""
SURE_SHARE: Final = 0.9
"""Share of the earlier frame's age by which the beginning must have moved; the two clocks that it
is computed from are read some microseconds apart, on a busy machine milliseconds."""


@dataclass(frozen=True, slots=True)
class FrameTags:
    """What livecare reads of a frame's tags.

    Attributes
    ----------
    image_number : int or None
        The core's number of the frame, from 0 in each sequence.
    camera_time_ns : int or None
        ns since the sequence began; where the adapter does not say, since an arbitrary instant.
    shape_yx : tuple of int or None
        Rows and columns that the frame had when it was taken. The array that a core gives has the
        shape that the camera has *now*, whatever the frame in its buffer had.
    began_ns : int or None
        When its sequence began, ns since an arbitrary instant; known where the frame says both how
        old its sequence is and when the core had it.
    """

    image_number: int | None
    camera_time_ns: int | None
    shape_yx: tuple[int, int] | None = None
    began_ns: int | None = None

    def began_anew_since(self, earlier: "FrameTags | None") -> bool:
        """Tell whether its number fell because a new sequence began.

        It falls as well where the buffer was emptied, but only a new sequence begins later than the
        earlier frame was taken.
        """
        if earlier is None or earlier.began_ns is None or self.began_ns is None:
            return False
        if earlier.image_number is None or self.image_number is None:
            return False
        moved_ns = self.began_ns - earlier.began_ns
        fell = self.image_number <= earlier.image_number
        return fell and moved_ns > SURE_SHARE * (earlier.camera_time_ns or 0)

    def numbers_since(self, earlier: "FrameTags | None") -> int | None:
        """Return how many numbers lie between an earlier frame's and its own, None unless it rose.

        Every sequence counts from 0: where the number rose it is the same sequence.
        """
        if earlier is None or earlier.image_number is None or self.image_number is None:
            return None
        between = self.image_number - earlier.image_number - 1
        return between if between >= 0 else None


def read_tags(metadata: Any) -> FrameTags:  # noqa: ANN401 pymmcore.Metadata, optional
    """Read the tags of a frame from a `pymmcore.Metadata`."""
    number = _text(metadata, "ImageNumber")
    elapsed_ns, received_ns = _elapsed_ns(metadata), _received_ns(metadata)
    began_ns = None if elapsed_ns is None or received_ns is None else received_ns - elapsed_ns
    return FrameTags(
        image_number=None if number is None else int(number),
        camera_time_ns=received_ns if elapsed_ns is None else elapsed_ns,
        shape_yx=_shape_yx(metadata),
        began_ns=began_ns,
    )


def _shape_yx(metadata: Any) -> tuple[int, int] | None:  # noqa: ANN401 as above
    rows, columns = _text(metadata, "Height"), _text(metadata, "Width")
    return None if rows is None or columns is None else (int(rows), int(columns))


def _elapsed_ns(metadata: Any) -> int | None:  # noqa: ANN401 as above
    """Read the time since the sequence began."""
    elapsed_ms = _text(metadata, "ElapsedTime-ms")
    return None if elapsed_ms is None else round(float(elapsed_ms) * NS_PER_MS)


def _received_ns(metadata: Any) -> int | None:  # noqa: ANN401 as above
    """Read the time that the core had the frame."""
    received = _text(metadata, "TimeReceivedByCore")
    if received is None:
        return None
    # Local time without a zone: only differences count, and none is taken across a change of
    # the clock but by the gap rule, which then sees a new epoch.
    instant = datetime.fromisoformat(received)
    since = instant - datetime(1970, 1, 1)  # noqa: DTZ001 as naive as the tag
    return (since.days * 86_400 + since.seconds) * NS_PER_S + since.microseconds * NS_PER_US


def _text(metadata: Any, tag: str) -> str | None:  # noqa: ANN401 as above
    if not metadata.HasTag(tag):
        return None
    return str(metadata.GetSingleTag(tag).GetValue())
