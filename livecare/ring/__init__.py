"""The frame ring: one writer, one reader that it waits for, any number that it overruns."""

from livecare.ring.layout import Phase, Slot
from livecare.ring.readers import GatingReader, OverrunnableReader
from livecare.ring.writer import RingWriter

__all__ = ["GatingReader", "OverrunnableReader", "Phase", "RingWriter", "Slot"]
