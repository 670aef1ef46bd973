"""The folder of a run's private files: made, and cleared away where a run was killed."""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from livecare import disk, run_place
from livecare.errors import RingError
from livecare.logs import logger
from livecare.run_owner import is_ours, owner_lives, sign


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
            with contextlib.ExitStack() as undo:
                undo.callback(cls(path).remove)  # without an owner nobody would ever clear it away
                sign(run_place.owner_file(path))
                undo.pop_all()
        except OSError as error:
            raise RingError(
                f"cannot make the rings in {parent}: {error.strerror}; set ring.directory"
            ) from error
        return cls(path)

    def remove(self) -> None:
        """Delete the folder; what another process still maps lives on until it lets go."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.path)


def keep_folder(path: Path) -> None:
    """Make a run's folder anew where somebody has deleted it: what is written next finds it.

    Raises
    ------
    OSError
        If that cannot be.
    """
    if path.is_dir():
        return
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    sign(run_place.owner_file(path))
    logger().warning("the run's folder was deleted; it was made anew", folder=str(path))


def _check_room(parent: Path, needed_bytes: int) -> None:
    free = disk.free_bytes(parent)
    if free < needed_bytes:
        raise RingError(
            f"no room for the rings in {parent}: they take {needed_bytes / 1e6:.0f} MB, "
            f"{free / 1e6:.0f} MB are free; free some or set ring.slots or ring.directory"
        )


def _sweep(parent: Path) -> None:
    """Clear away what this user's dead runs have left; of other users' folders nothing is read."""
    for owner_file in run_place.find_files(parent, run_place.OWNER):
        with contextlib.suppress(OSError):  # another run is clearing it away, too
            if _is_left_over(owner_file):
                logger().info("cleared away a dead run", folder=str(owner_file.parent))
                RunFolder(owner_file.parent).remove()


def _is_left_over(owner_file: Path) -> bool:
    ours = is_ours(owner_file.parent) and os.access(owner_file.parent, os.W_OK)
    return ours and owner_lives(owner_file) is False
