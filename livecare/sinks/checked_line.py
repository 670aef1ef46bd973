"""How a line of JSON ends with its own checksum, and how a damaged one is told from a good one.

The last key of the object, `line_crc32c`, is the CRC32C of the bytes before that key.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from livecare.sinks.checksum import crc32c

_CHECKSUM_KEY: Final = b',"line_crc32c":'
"""What stands between a line's content and its checksum."""

Content = TypeVar("Content")
"""What a line says."""


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


def _fault_of(encoded: bytes) -> LineFault | None:
    """Say why a line cannot be trusted; None where it is as it was written."""
    if not encoded.endswith(b"\n"):
        return LineFault("the line has no end", torn=True)
    body, key, checksum = encoded.rpartition(_CHECKSUM_KEY)
    if not key or checksum != b"%d}\n" % crc32c(body):
        return LineFault("the line does not match its checksum")
    return None


def unseal(encoded: bytes, kind: type[Content], whose: str) -> Content | LineFault:
    """Read a line that `seal` made of a JSON object.

    Parameters
    ----------
    encoded : bytes
        The line, with its end.
    kind : type
        What it is to say.
    whose : str
        What it is a line of, for the fault ("a frame").
    """
    fault = _fault_of(encoded)
    if fault is not None:
        return fault
    try:
        return msgspec.json.decode(encoded, type=kind)
    except msgspec.DecodeError as error:
        return LineFault(f"the line is not {whose}'s ({error})")
