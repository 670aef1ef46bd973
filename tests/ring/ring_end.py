"""A ring of a few small slots, read frame by frame."""

import numpy as np
from ring_frames import is_whole

from livecare.ring import OverrunnableReader
from livecare.wire import FrameMessage

SLOTS = 3


def read(reader: OverrunnableReader) -> FrameMessage | None:
    """Read the next frame and check its pixels."""
    pixels = np.zeros((8, 16), np.uint16)
    message = reader.read_into(pixels)
    assert message is None or is_whole(message, pixels)
    return message
