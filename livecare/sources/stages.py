"""Knows in which order a source's methods may be called, and what is said to those who err."""

from enum import Enum

from livecare.errors import SourceError
from livecare.frame import Pixels, StreamInfo


class _Stage(Enum):
    NEW = "new"
    OPEN = "open"
    STARTED = "started"
    CLOSED = "closed"


class Stages:
    """The life of one source: new, open, started, closed.

    Parameters
    ----------
    name : str
        The source, as its errors name it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._stage = _Stage.NEW

    def open(self) -> None:
        """Take note that it is open. Raises SourceError unless it was new."""
        if self._stage is not _Stage.NEW:
            raise SourceError(f"{self._name}: it was opened already; make a new one")
        self._stage = _Stage.OPEN

    def start(self) -> None:
        """Take note that it starts. Raises SourceError unless it is open."""
        if self._stage is _Stage.STARTED:
            raise SourceError(f"{self._name}: it was started already; make a new one")
        if self._stage is not _Stage.OPEN:
            raise SourceError(f"{self._name}: it is not open; call open before start")
        self._stage = _Stage.STARTED

    def check_read(self, pixels: Pixels, stream: StreamInfo | None) -> StreamInfo:
        """Return the stream. Raises SourceError unless it runs and the array is the stream's."""
        if self._stage is not _Stage.STARTED or stream is None:
            raise SourceError(f"{self._name}: it does not run; call open and start first")
        if pixels.shape != stream.shape_yx or pixels.dtype != stream.dtype:
            raise SourceError(
                f"{self._name}: frames are {stream.dtype} of {stream.shape_yx}, the array given "
                f"is {pixels.dtype} of {pixels.shape}; use the stream's shape and type"
            )
        return stream

    def close(self) -> None:
        """Take note that it is closed; safe to call twice."""
        self._stage = _Stage.CLOSED
