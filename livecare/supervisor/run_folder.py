"""The folder of a run's private files: made, and cleared away where a run was killed."""

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from livecare import disk, run_place
from livecare.errors import RingError
from livecare.logs import logger
from livecare.run_owner import own_mark, owner_lives


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

        Raises
        ------
        RingError
            If the directory cannot be written or has no room.
        """
        parent = directory or run_place.default_parent(needed_bytes)
        path = run_place.run_folder(parent, run_id)
        try:
            parent.mkdir(parents=True, exist_ok=True)
            _sweep(parent)
            _check_room(parent, needed_bytes)
            path.mkdir(mode=0o700)
            owner = json.dumps(own_mark())
            run_place.owner_file(path).write_text(owner, encoding="utf-8")
        except OSError as error:
            raise RingError(
                f"cannot make the rings in {parent}: {error.strerror}; set ring.directory"
            ) from error
        return cls(path)

    def remove(self) -> None:
        """Delete the folder; what another process still maps lives on until it lets go."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.path)


def _check_room(parent: Path, needed_bytes: int) -> None:
    free = disk.free_bytes(parent)
    if free < needed_bytes:
        raise RingError(
            f"no room for the rings in {parent}: they take {needed_bytes / 1e6:.0f} MB, "
            f"{free / 1e6:.0f} MB are free; free some or set ring.slots or ring.directory"
        )


def _sweep(parent: Path) -> None:
    for owner_file in run_place.owner_files(parent):
        if owner_lives(owner_file) is False and os.access(owner_file.parent, os.W_OK):
            logger().info("cleared away a dead run", folder=str(owner_file.parent))
            RunFolder(owner_file.parent).remove()
