"""Sources from their making to their first frame."""

from typing import TypeVar

import numpy as np

from livecare.frame import Pixels, StreamInfo
from livecare.sources.protocol import Arrival, FrameSource

Source = TypeVar("Source", bound=FrameSource)


def start(source: Source) -> tuple[Source, StreamInfo]:
    """Open and start a source."""
    stream = source.open("run")
    source.start()
    return source, stream


def read_first(source: FrameSource, stream: StreamInfo) -> Pixels:
    """Read the first frame, which is there; return the array, for the next ones."""
    pixels = np.empty(stream.shape_yx, stream.dtype)
    assert isinstance(source.read_into(pixels, 0), Arrival)
    return pixels
