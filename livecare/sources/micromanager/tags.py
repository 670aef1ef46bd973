"""Knows the tags that a core puts on a frame of a sequence, all of them text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from livecare.sources.clock import NS_PER_MS, NS_PER_S

NS_PER_US = 1_000


@dataclass(frozen=True, slots=True)
class FrameTags:
    """What livecare reads of a frame's tags.

    Attributes
    ----------
    image_number : int or None
        The core's number of the frame, from 0 in each sequence.
    camera_time_ns : int or None
        ns since the sequence began; where the adapter does not say, since an arbitrary instant.
    """

    image_number: int | None
    camera_time_ns: int | None


def read_tags(metadata: Any) -> FrameTags:  # noqa: ANN401 pymmcore.Metadata, optional
    """Read the tags of a frame from a `pymmcore.Metadata`."""
    number = _text(metadata, "ImageNumber")
    return FrameTags(
        image_number=None if number is None else int(number),
        camera_time_ns=_camera_time_ns(metadata),
    )


def _camera_time_ns(metadata: Any) -> int | None:  # noqa: ANN401 as above
    """Read the time since the sequence began, or else the time that the core had the frame."""
    elapsed_ms = _text(metadata, "ElapsedTime-ms")
    if elapsed_ms is not None:
        return round(float(elapsed_ms) * NS_PER_MS)
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
