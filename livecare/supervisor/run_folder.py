"""Where the rings of a run lie, and how those of a killed run are cleared away."""

import contextlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from livecare import disk
from livecare.logs import logger

PREFIX: Final = "livecare-"
OWNER_FILE: Final = "owner.json"
MEMORY_FOLDER: Final = Path("/dev/shm")  # noqa: S108 - the run's own folder in it is private
"""A file system in memory, on Linux: a ring there costs no disk traffic."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A private folder for a run's rings, orders and children's logs.

    Attributes
    ----------
    path : Path
        The folder.
    """

    path: Path

    @classmethod
    def make(cls, run_id: str, directory: Path | None, needed_bytes: int) -> "RunFolder":
        """Make the folder, after clearing away those of runs whose process is gone.

        Parameters
        ----------
        run_id : str
            The run.
        directory : Path or None
            Where; None for memory if it has room, else the system's temporary folder.
        needed_bytes : int
            What the rings will take.
        """
        parent = directory or _default_directory(needed_bytes)
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        path = parent / f"{PREFIX}{run_id}"
        path.mkdir(mode=0o700)
        own = psutil.Process()
        owner = {"pid": own.pid, "created": own.create_time()}
        (path / OWNER_FILE).write_text(json.dumps(owner), encoding="utf-8")
        return cls(path)

    def remove(self) -> None:
        """Delete the folder; what another process still maps lives on until it lets go."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.path)


def _default_directory(needed_bytes: int) -> Path:
    if MEMORY_FOLDER.is_dir() and disk.free_bytes(MEMORY_FOLDER) > 2 * needed_bytes:
        return MEMORY_FOLDER
    return Path(tempfile.gettempdir())


def _sweep(parent: Path) -> None:
    for owner_file in parent.glob(f"{PREFIX}*/{OWNER_FILE}"):
        if not _owner_lives(owner_file) and os.access(owner_file.parent, os.W_OK):
            logger().info("cleared away a dead run", folder=str(owner_file.parent))
            RunFolder(owner_file.parent).remove()


def _owner_lives(owner_file: Path) -> bool:
    try:
        owner = json.loads(owner_file.read_text(encoding="utf-8"))
        created: float = psutil.Process(owner["pid"]).create_time()
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return True  # not ours to judge
    return bool(created == owner["created"])
