"""Which restored frames are kept: those whose raw ones are recorded, until the disk fails."""

from collections.abc import Callable, Mapping
from typing import Any

from livecare.errors import LivecareError
from livecare.frame import FrameHeader
from livecare.logs import logger
from livecare.sinks.protocol import FrameSink


class Keeper:
    """Appends restored frames to the store, as long as that goes.

    Parameters
    ----------
    sink : FrameSink
        The store's restored lane.
    recorded : callable
        Waits until the raw frame of a sequence is recorded; False where it never will be: then its
        restored one is not kept.

    Attributes
    ----------
    problem : LivecareError or None
        Why no frame is kept any more, where none is.
    """

    def __init__(self, sink: FrameSink, recorded: Callable[[int], bool]) -> None:
        self._sink, self._recorded = sink, recorded
        self.problem: LivecareError | None = None

    def keep(self, header: FrameHeader, block: memoryview, provenance: Mapping[str, Any]) -> bool:
        """Append a frame; tell whether that was done."""
        if self.problem is not None or not self._recorded(header.sequence):
            return False
        try:
            self._sink.append(header, block, provenance)
        except LivecareError as error:
            logger().error("restored frames are not recorded any more", error=str(error))
            self.problem = error
            return False
        return True
