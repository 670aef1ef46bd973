"""Knows which process a run's private folder belongs to, and whether that process still lives."""

import json
import os
import platform
from pathlib import Path
from typing import Any, Final

import psutil

CLOCK_SLACK_S: Final = 2.0
"""How far two readings of one process's start may differ, seconds: the clock may have been set."""


def own_mark() -> dict[str, Any]:
    """Return what tells this process from every other, for the owner's file; JSON values only."""
    own = psutil.Process()
    return {"pid": own.pid, "created": own.create_time(), "host": platform.node()}


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
        pid = json.loads(owner_file.read_text(encoding="utf-8"))["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if isinstance(pid, int) else None


def owner_lives(owner_file: Path) -> bool | None:
    """Tell whether the process that a run's owner file names still lives.

    Returns
    -------
    bool or None
        False also where the file is gone, as it is after the end of a run. None where it cannot be
        told: the file is another machine's or container's, or damaged.
    """
    try:
        owner = json.loads(owner_file.read_text(encoding="utf-8"))
        if owner["host"] != platform.node():
            return None  # another machine's, or another container's with the same memory
        process = psutil.Process(owner["pid"])
        same = abs(process.create_time() - owner["created"]) < CLOCK_SLACK_S
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
