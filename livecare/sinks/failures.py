"""Which failure of the operating system means what for a recording."""

import errno
import os
from pathlib import Path
from typing import Final

from livecare.disk import free_bytes
from livecare.errors import DiskFullError, StoreError, UsageError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What says that a disk is full, or the user's share of it."""

_NO_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})
"""What says that too many files are open, of the process or of the machine."""

_NOT_ALLOWED: Final = frozenset(
    {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
)
"""What says that a path was a bad choice, not that a disk failed."""

_INTACT: Final = "every frame before is intact"
"""What is safe where writing a frame failed."""


def is_full(error: OSError) -> bool:
    """Tell whether an error means that the disk, or the user's share of it, is full."""
    return error.errno in _FULL


def failure(
    error: OSError, doing: str, path: Path, needed: int = 0, kept: str = _INTACT
) -> DiskFullError | StoreError:
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
    kept : str
        What of the recording is safe all the same.

    Returns
    -------
    DiskFullError or StoreError
        To be raised from `error`.
    """
    if is_full(error):
        return DiskFullError(
            f"{doing}: the file system of {path} is full ({_what_is_short(error, path, needed)}); "
            f"{kept}. Free some space, or record to another disk"
        )
    if error.errno in _NO_FILES:
        return StoreError(
            f"{doing}: no more files can be opened ({error.strerror}, {path}); {kept}. Raise the "
            f"limit of open files (ulimit -n, LimitNOFILE of a service)"
        )
    if error.errno == errno.ENOENT:
        return StoreError(
            f"{doing}: {error.filename or path} is gone; {kept}. Was the recording moved or "
            f"deleted, or its disk unplugged? Once it is back, run 'livecare recover' on it"
        )
    return StoreError(
        f"{doing}: {error.strerror or error} ({path}); {kept}. "
        f"Check the disk and its cable, and the rights on the folder"
    )


def refusal(error: OSError, path: Path) -> UsageError | DiskFullError | StoreError:
    """Turn the error that a store could not be made for into one that says what to do."""
    if error.errno in _NOT_ALLOWED:
        return UsageError(
            f"cannot make the recording {path}: {error.strerror}; choose another folder for it "
            f"(store.path), or make this one writable"
        )
    return failure(error, "making the store", path, kept="nothing was recorded")


def _what_is_short(error: OSError, path: Path, needed: int) -> str:
    """Say what there is too little of."""
    free = free_bytes(path)
    if error.errno == errno.EDQUOT:
        return f"{needed} bytes needed, and your quota is used up"
    if free > needed and _free_files(path) == 0:
        return f"it can hold no more files, although {free} bytes are free"
    return f"{needed} bytes needed, {free} free"


def _free_files(path: Path) -> int | None:
    """Return how many files more a file system can hold; None where that is unknown."""
    if not hasattr(os, "statvfs"):
        return None
    try:
        found = os.statvfs(path if path.exists() else path.parent)
    except OSError:
        return None
    return found.f_favail if found.f_files else None  # some make room for files as they go
