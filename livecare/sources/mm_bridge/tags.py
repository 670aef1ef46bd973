"""Knows what `Metadata.Dump` of the core looks like, and which tags of it matter here."""

from dataclasses import dataclass
from typing import Final

from livecare.errors import ProtocolError
from livecare.sources.clock import NS_PER_MS

ENTRY: Final = "s : "
"""Begins a tag; then one line each of device, read-only flag and value."""
VALUE_LINES_AFTER: Final = 3
"""How many lines after the tag's name its value stands."""
LONGEST_SIDE_PX: Final = 100_000
"""No camera is larger: beyond it a tag is nonsense."""


@dataclass(frozen=True, slots=True)
class FrameTags:
    """What livecare reads of a frame's tags.

    Attributes
    ----------
    image_number : int or None
        The core's number of the frame, from 0 in each sequence.
    camera_time_ns : int or None
        ns since the sequence began.
    shape_yx : tuple of int or None
        Rows and columns, pixels.
    pixel_type : str or None
        The core's name of the pixel type, such as "GRAY16".
    """

    image_number: int | None
    camera_time_ns: int | None
    shape_yx: tuple[int, int] | None
    pixel_type: str | None


def read_tags(dump: str) -> FrameTags:
    """Read the tags of a frame. Raises ProtocolError where a number is none."""
    texts = _texts(dump)
    elapsed_ms = texts.get("ElapsedTime-ms")
    number = texts.get("ImageNumber")
    try:
        return FrameTags(
            image_number=None if number is None else int(number),
            camera_time_ns=None if elapsed_ms is None else round(float(elapsed_ms) * NS_PER_MS),
            shape_yx=_shape_yx(texts),
            pixel_type=texts.get("PixelType"),
        )
    except (ValueError, OverflowError) as error:  # infinite and not-a-number times too
        raise ProtocolError(f"a frame's tag is no number: {error}") from error


def _texts(dump: str) -> dict[str, str]:
    """Return every tag's text by its name; the first line begins with how many there are."""
    lines = dump.lstrip("0123456789").split("\n")
    last = max(len(lines) - VALUE_LINES_AFTER, 0)
    return {
        line.removeprefix(ENTRY): lines[i + VALUE_LINES_AFTER]
        for i, line in enumerate(lines[:last])
        if line.startswith(ENTRY)
    }


def _shape_yx(texts: dict[str, str]) -> tuple[int, int] | None:
    if "Width" not in texts or "Height" not in texts:
        return None
    rows, columns = int(texts["Height"]), int(texts["Width"])
    if not (0 < rows <= LONGEST_SIDE_PX and 0 < columns <= LONGEST_SIDE_PX):
        raise ValueError(f"a picture of {rows} x {columns} pixels")
    return rows, columns
