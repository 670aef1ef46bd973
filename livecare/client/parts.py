"""Knows how what a program gives becomes the parts of a message, or is refused before it leaves."""

import numpy as np

from livecare import wire
from livecare.errors import UsageError
from livecare.frame import PIXEL_TYPES, Pixels, StreamInfo
from livecare.wire import StartMessage


def start_of(info: StreamInfo) -> bytes:
    """Make a start that every receiver takes. Raises ProtocolError."""
    wire.check_names(info)
    start = wire.encode(StartMessage(info))
    wire.decode(start)
    return start


def as_frame(pixels: Pixels) -> tuple[Pixels, bool]:
    """Give a frame as it lies on the wire, and tell whether that is a copy. Raises UsageError."""
    if pixels.ndim != 2 or pixels.size == 0 or pixels.dtype.name not in PIXEL_TYPES:  # noqa: PLR2004
        raise UsageError(
            f"pusher: {pixels.dtype} of shape {pixels.shape} is no frame; give rows and columns of "
            f"{', '.join(PIXEL_TYPES)}"
        )
    image = np.ascontiguousarray(pixels, dtype=pixels.dtype.name)
    return image, not np.may_share_memory(image, pixels)
