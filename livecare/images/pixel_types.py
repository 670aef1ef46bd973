"""Which pixel types are read, and as which of livecare's own: never with a loss."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels, PixelType, Position

_READ_AS: Final[dict[str, PixelType]] = {
    "uint8": "uint8",
    "int8": "uint8",
    "uint16": "uint16",
    "int16": "uint16",
    "uint32": "uint16",
    "int32": "uint16",
    "uint64": "uint16",
    "int64": "uint16",
    "float16": "float32",
    "float32": "float32",
}
"""Stored type to pixel type; the integers that do not all fit are checked frame by frame."""

_CURE: Final = "in Fiji, Image > Type > 16-bit or 32-bit converts it; then save it again"
"""What helps where pixels are of another type."""


def pixel_type(path: Path, stored: np.dtype[Any]) -> PixelType:
    """Return the type that frames of a stored type are read as.

    Raises
    ------
    UsageError
        Frames of that type cannot be read without loss; names the file.
    """
    found = _READ_AS.get(stored.name)
    if found is None:
        raise UsageError(
            f"{path}: its pixels are {stored.name}; livecare reads 8- and 16-bit integers and "
            f"32-bit floats. {_CURE}"
        )
    return found


def as_pixels(path: Path, at: Position, frame: Pixels, wanted: PixelType) -> Pixels:
    """Return a stored frame in its pixel type, native byte order, C order.

    Raises
    ------
    UsageError
        A value does not fit; names file, frame and value.
    """
    if frame.dtype.name != wanted and np.issubdtype(frame.dtype, np.integer):
        least, most = int(frame.min()), int(frame.max())
        top = np.iinfo(wanted).max
        if least < 0 or most > top:
            raise UsageError(
                f"{path}, frame {at}: its {frame.dtype.name} values reach from {least} "
                f"to {most}, which 0 to {top} cannot hold without loss. "
                f"Subtract the lowest value or rescale, or: {_CURE}"
            )
    return np.ascontiguousarray(frame, wanted)
