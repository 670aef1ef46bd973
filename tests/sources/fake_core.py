"""A core that plays a script: what real cores do rarely, or only in older versions."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from livecare.frame import Pixels

EMPTIED = "emptied"
"""An entry of the script: the buffer is emptied between the question and the pop."""


@dataclass(frozen=True)
class Stopped:
    """An entry of the script: somebody stops the sequence here.

    Attributes
    ----------
    shape_yx : tuple of int or None
        What he sets the camera to; its buffer must not be read then.
    held : int
        Frames that stay in the buffer.
    refusals : int
        How often the camera refuses to start again.
    """

    shape_yx: tuple[int, int] | None = None
    held: int = 0
    refusals: int = 0


class FakeTag:
    def __init__(self, text: str) -> None:
        self._text = text

    def GetValue(self) -> str:  # noqa: N802
        return self._text


class FakeMetadata:
    def __init__(self, tags: dict[str, str] = ()) -> None:
        self.tags = dict(tags)

    def HasTag(self, key: str) -> bool:  # noqa: N802
        return key in self.tags

    def GetSingleTag(self, key: str) -> FakeTag:  # noqa: N802
        return FakeTag(self.tags[key])


class FakeCore:
    """Frames are (number, elapsed ms) or (number, elapsed ms, shape that it was taken in)."""

    def __init__(self, script: list[object], shape_yx: tuple[int, int] = (4, 6)) -> None:
        self.script = deque(script)
        self._shape_yx = shape_yx
        self.requests: list[tuple[object, ...]] = []
        self.stopped = 0
        self.exposure_ms = 10.0

    @property
    def shape_yx(self) -> tuple[int, int]:
        stop = self._stop()
        return (stop and stop.shape_yx) or self._shape_yx

    def _stop(self) -> Stopped | None:
        """Give the stop that the script has come to."""
        first = self.script[0] if self.script else None
        return first if isinstance(first, Stopped) else None

    def getVersionInfo(self) -> str:  # noqa: N802
        return "a script"

    def getCameraDevice(self) -> str:  # noqa: N802
        return "Camera"

    def getExposure(self) -> float:  # noqa: N802
        return self.exposure_ms

    def getPixelSizeUm(self, cached: bool) -> float:  # noqa: FBT001, N802
        assert cached, "asks the hardware"
        return 0.0

    def getChannelGroup(self) -> str:  # noqa: N802
        return ""

    def getXYStageDevice(self) -> str:  # noqa: N802
        return "XY"

    def getXPosition(self) -> float:  # noqa: N802
        raise RuntimeError("the stage is switched off")

    getYPosition = getXPosition  # noqa: N815

    def getFocusDevice(self) -> str:  # noqa: N802
        return ""

    def getPosition(self) -> float:  # noqa: N802
        raise RuntimeError("there is no focus device")

    def hasProperty(self, *_: str) -> bool:  # noqa: N802
        return False

    def getImageBitDepth(self) -> int:  # noqa: N802
        return 16

    def getBytesPerPixel(self) -> int:  # noqa: N802
        return 2

    def getNumberOfComponents(self) -> int:  # noqa: N802
        return 1

    def getNumberOfCameraChannels(self) -> int:  # noqa: N802
        return 1

    def getImageHeight(self) -> int:  # noqa: N802
        return self.shape_yx[0]

    def getImageWidth(self) -> int:  # noqa: N802
        return self.shape_yx[1]

    def isSequenceRunning(self) -> bool:  # noqa: N802
        return bool(self.script) and self._stop() is None

    def isBufferOverflowed(self) -> bool:  # noqa: N802
        return False

    def getBufferTotalCapacity(self) -> int:  # noqa: N802
        return 3

    def getRemainingImageCount(self) -> int:  # noqa: N802
        stop = self._stop()
        if stop is not None:
            return stop.held
        return next(
            (n for n, e in enumerate(self.script) if isinstance(e, Stopped)), len(self.script)
        )

    def startSequenceAcquisition(self, *request: object) -> None:  # noqa: N802
        self.requests.append(request)
        stop = self._stop()
        if stop is None:
            return
        if stop.refusals:
            self.script[0] = replace(stop, refusals=stop.refusals - 1)
            raise RuntimeError("the camera is busy")
        self._shape_yx = self.shape_yx
        self.script.popleft()

    def stopSequenceAcquisition(self) -> None:  # noqa: N802
        self.stopped += 1

    def popNextImageMD(self, metadata: FakeMetadata) -> Pixels:  # noqa: N802
        shape_yx = self.shape_yx  # of now: taking the frame may bring the next stop
        entry = self.script.popleft()
        if entry == EMPTIED:
            raise IndexError("Circular buffer is empty.")
        if isinstance(entry, Exception):
            raise entry
        assert not isinstance(entry, Stopped), "a buffer was read whose camera changed"
        number, elapsed_ms, *taken_in = entry
        metadata.tags = {"ElapsedTime-ms": f"{elapsed_ms:.2f}"}
        if number is not None:
            metadata.tags["ImageNumber"] = str(number)
        if taken_in:
            metadata.tags["Height"], metadata.tags["Width"] = map(str, taken_in[0])
        return np.ones(shape_yx, np.uint16)

    getLastImageMD = popNextImageMD  # noqa: N815 a tap sees the script's frames one by one


class LateCore(FakeCore):
    """Its last frame comes, and its sequence ends, just after the buffer was found empty."""

    ended = False

    def isSequenceRunning(self) -> bool:  # noqa: N802
        return not self.ended

    def getRemainingImageCount(self) -> int:  # noqa: N802
        came_too_late = len(self.script) == 1 and not self.ended
        self.ended = self.ended or came_too_late
        return 0 if came_too_late else len(self.script)
