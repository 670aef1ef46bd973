"""Knows what subscribers are told of the stream: in a file, replaced before a frame needs more."""

from pathlib import Path

from livecare import wire
from livecare.errors import UsageError
from livecare.frame import Position
from livecare.wire import StartMessage


class Start:
    """The start message of the run.

    Attributes
    ----------
    message : bytes
        As the wire has it; another object once it has changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.read()

    def read(self) -> None:
        """Take what the file says by now. Raises UsageError."""
        self.message = self._path.read_bytes()
        start = wire.decode(self.message)
        if not isinstance(start, StartMessage):
            raise UsageError(
                f"{self._path}: no start message of this livecare; start the run again"
            )
        self._info = start.info

    def message_for(self, at: Position) -> bytes:
        """Return the message that announces a frame's channel, plane and position."""
        info = self._info
        if at.c >= len(info.channels) or at.z >= info.size_z or at.p >= len(info.positions):
            self.read()
        return self.message
