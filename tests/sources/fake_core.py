"""A core that plays a script: what real cores do rarely, or only in older versions."""

from collections import deque

import numpy as np

from livecare.frame import Pixels

EMPTIED = "emptied"
"""An entry of the script: the buffer is emptied between the question and the pop."""


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
    """Frames are (number, elapsed ms) or (number, elapsed ms, shape)."""

    def __init__(self, script: list[object], shape_yx: tuple[int, int] = (4, 6)) -> None:
        self.script = deque(script)
        self.shape_yx = shape_yx
        self.stopped = 0

    def getExposure(self) -> float:  # noqa: N802
        return 10.0

    def getImageHeight(self) -> int:  # noqa: N802
        return self.shape_yx[0]

    def getImageWidth(self) -> int:  # noqa: N802
        return self.shape_yx[1]

    def isSequenceRunning(self) -> bool:  # noqa: N802
        return bool(self.script)

    def isBufferOverflowed(self) -> bool:  # noqa: N802
        return False

    def getRemainingImageCount(self) -> int:  # noqa: N802
        return len(self.script)

    def startSequenceAcquisition(self, *request: object) -> None:  # noqa: N802
        self.started = request

    def stopSequenceAcquisition(self) -> None:  # noqa: N802
        self.stopped += 1

    def popNextImageMD(self, metadata: FakeMetadata) -> Pixels:  # noqa: N802
        entry = self.script.popleft()
        if entry == EMPTIED:
            raise IndexError("Circular buffer is empty.")
        if isinstance(entry, Exception):
            raise entry
        number, elapsed_ms, *shape = entry
        metadata.tags = {"ElapsedTime-ms": f"{elapsed_ms:.2f}"}
        if number is not None:
            metadata.tags["ImageNumber"] = str(number)
        return np.ones(shape[0] if shape else self.shape_yx, np.uint16)

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
