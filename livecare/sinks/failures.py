"""Which failure of the operating system means what for a recording."""

import errno
from pathlib import Path

from livecare.disk import free_bytes
from livecare.errors import DiskFullError, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_full(error: OSError) -> bool:
    """Tell whether an error means that the disk, or the user's share of it, is full."""
    return error.errno in _FULL


def failure(error: OSError, doing: str, path: Path, needed: int = 0) -> DiskFullError | StoreError:
    """Turn an error of the operating system into one that says what to do.

    Parameters
    ----------
    error : OSError
        What the operating system said.
    doing : str
        What livecare was doing, with the frame where there is one ("writing raw frame 7").
    path : Path
        The file or store that it happened to.
    needed : int
        Bytes that should have been written.

    Returns
    -------
    DiskFullError or StoreError
        To be raised from `error`.
    """
    if is_full(error):
        return DiskFullError(
            f"{doing}: the file system of {path} is full ({needed} bytes needed, "
            f"{free_bytes(path)} free); every frame before is intact. Free some space, "
            f"or record to another disk"
        )
    return StoreError(
        f"{doing}: {error.strerror or error} ({path}); every frame before is intact. "
        f"Check the disk and its cable, and the rights on the folder"
    )
