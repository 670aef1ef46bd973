"""How a line of JSON ends with its own checksum, and how a damaged one is told from a good one.

The last key of the object, `line_crc32c`, is the CRC32C of the bytes before that key.
"""

from dataclasses import dataclass

from livecare.sinks.checksum import crc32c

_CHECKSUM_KEY = b',"line_crc32c":'


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that cannot be trusted.

    Attributes
    ----------
    reason : str
        What is wrong with it.
    torn : bool
        It is the last one and has no end: the writer is in the middle of it, or was killed there.
    """

    reason: str
    torn: bool = False


def seal(document: bytes) -> bytes:
    """Return a JSON object as a line with its checksum and its end."""
    body = document[:-1]
    return b"%b%b%d}\n" % (body, _CHECKSUM_KEY, crc32c(body))


def fault_of(encoded: bytes) -> LineFault | None:
    """Say why a line cannot be trusted; None where it is as it was written."""
    if not encoded.endswith(b"\n"):
        return LineFault("the line has no end", torn=True)
    body, key, checksum = encoded.rpartition(_CHECKSUM_KEY)
    if not key or checksum != b"%d}\n" % crc32c(body):
        return LineFault("the line does not match its checksum")
    return None
