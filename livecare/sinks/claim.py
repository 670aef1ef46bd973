"""How one process keeps all others from mending or replacing a recording while it does.

The locks are the operating system's: they end with the process, however that ends.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from livecare.errors import StoreError
from livecare.sinks.layout import ledger_path

LOCKED_AT: Final = 2**30
"""The byte of `ledger.json` that is locked on Windows, where nobody else may read a locked one: far
behind the end."""
NO_LOCKS: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system says that knows no locks."""

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, LOCKED_AT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    @contextlib.contextmanager
    def in_turn(folder: Path) -> Iterator[None]:
        """Do nothing: Windows renames no folder in which somebody has opened a file."""
        del folder
        yield

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @contextlib.contextmanager
    def in_turn(folder: Path) -> Iterator[None]:
        """Take turns with other processes that give recordings in a folder their names.

        Raises
        ------
        OSError
            The folder cannot be opened.
        """
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
            yield
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def claimed(root: Path) -> Iterator[None]:
    """Hold a recording while it is mended; where the file system knows no locks, without effect.

    Raises
    ------
    StoreError
        Another process, or another thread, holds it.
    OSError
        Its `ledger.json` cannot be opened.
    """
    descriptor = os.open(ledger_path(root), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError) as error:
            raise StoreError(
                f"{root} is being recovered by another process; wait until that is done"
            ) from error
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
        yield
    finally:
        os.close(descriptor)
