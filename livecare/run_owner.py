"""Knows which process a run's private folder belongs to, and whether that process still lives."""

import os
from pathlib import Path

import msgspec

from livecare.process_mark import ProcessMark


def sign(owner_file: Path) -> None:
    """Write into a run's owner file that it is this process's.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    owner_file.write_bytes(msgspec.json.encode(ProcessMark.current()))


def is_ours(path: Path) -> bool:
    """Tell whether a file or folder belongs to this user, and is no link of somebody else's.

    Raises
    ------
    OSError
        If it is gone.
    """
    return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()


def owner_pid(owner_file: Path) -> int | None:
    """Return the number of the process that a run's owner file names; None if it names none."""
    try:
        return _read(owner_file).pid
    except (OSError, msgspec.DecodeError):
        return None


def owner_lives(owner_file: Path) -> bool | None:
    """Tell whether the process that a run's owner file names still lives.

    Returns
    -------
    bool or None
        False also where the file is gone, as it is after the end of a run. None where it cannot be
        told: the file is another machine's or container's, or damaged.
    """
    try:
        return _read(owner_file).lives
    except FileNotFoundError:
        return False
    except (OSError, msgspec.DecodeError):
        return None


def _read(owner_file: Path) -> ProcessMark:
    return msgspec.json.decode(owner_file.read_bytes(), type=ProcessMark)
