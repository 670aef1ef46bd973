"""Knows the file in which a run keeps its newest snapshot, for processes that must not miss it.

A subscriber hears what is said after it has come, and may miss what is said last. A file has what
is newest whenever one looks, and its last content is the end of the run.
"""

from pathlib import Path

import msgspec

from livecare import disk
from livecare.link.telemetry import MAX_SNAPSHOT_BYTES, Telemetry, decode_telemetry


def write_snapshot(path: Path, telemetry: Telemetry) -> None:
    """Put a snapshot in the place of the one before.

    Raises
    ------
    OSError
        If that cannot be; the one before stays.
    """
    disk.replace_file(path, msgspec.msgpack.encode(telemetry), durable=False)


def read_snapshot(path: Path) -> Telemetry | None:
    """Read the newest snapshot; None where there is none, or none of this livecare."""
    try:
        with path.open("rb") as file:
            return decode_telemetry(file.read(MAX_SNAPSHOT_BYTES))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
