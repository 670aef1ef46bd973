"""Knows what can go wrong in a call of the server, and counts it."""

from dataclasses import asdict, dataclass
from typing import Final

from livecare.errors import ProtocolError, SourceError
from livecare.logs import logger

EMPTY_BUFFER: Final = "buffer is empty"
"""What a core says, in small letters, that has no frame at the moment."""
STALE_HANDLE: Final = "NullPointerException"
"""What a server says that never heard of the object: it was started anew since."""


class SilentServerError(SourceError):
    """The server did not answer in time; the call may still be carried out later."""


class InterruptedCallError(SourceError):
    """A stop was requested while the server had not answered."""


class MalformedReplyError(ProtocolError):
    """An answer that is none: says what was wrong with it."""


class RefusedCallError(SourceError):
    """The server answered with an exception of its own.

    Parameters
    ----------
    method : str
        What was called.
    said : str
        The server's words; a Java stack trace, of which the first line is kept.
    """

    def __init__(self, method: str, said: str) -> None:
        self.said = (said.strip().splitlines() or ["no reason"])[0]
        super().__init__(f"mm-bridge: Micro-Manager refused {method}: {self.said}")

    @property
    def buffer_is_empty(self) -> bool:
        """True where there is only no frame at the moment."""
        return EMPTY_BUFFER in self.said.lower()

    @property
    def handle_is_stale(self) -> bool:
        """True where the server does not know the object that was called."""
        return STALE_HANDLE in self.said


@dataclass(slots=True)
class BridgeCounts:
    """What went wrong so far.

    Attributes
    ----------
    malformed : int
        Answers that were none.
    refused : int
        Calls that the server refused, but for an empty buffer and a stale handle.
    silent : int
        Calls that were not answered in time.
    stale : int
        Calls of an object that the server had forgotten.
    lost_connections : int
        How often the server was given up and looked for again.
    """

    malformed: int = 0
    refused: int = 0
    silent: int = 0
    stale: int = 0
    lost_connections: int = 0

    def sum_up(self) -> None:
        """Log the counts, if anything went wrong."""
        counts = {name: count for name, count in asdict(self).items() if count}
        if counts:
            logger().warning("calls of Micro-Manager that went wrong in all", **counts)
