"""The only module that knows how this operating system allocates, aligns and syncs files."""

import errno
import mmap
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final, Literal, Self

PAGE_BYTES: Final = 4096
"""Alignment, in bytes, of memory and file offsets for unbuffered writes; the page size of x86-64
and the sector size of current disks."""

PARTIAL_SUFFIX: Final = ".partial"
"""Ends the name of a file that is not whole yet; one found later is left over from a crash."""

_DIRECT: Final[int] = getattr(os, "O_DIRECT", 0)
"""Writes past the page cache; 0 where the system has no such flag."""
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)
"""Leaves line ends as they are, on Windows; 0 elsewhere."""

_MODE_FLAGS: Final = {"read": os.O_RDONLY, "update": os.O_RDWR, "create": os.O_RDWR | os.O_CREAT}
"""What `PositionedFile`'s modes mean to the system."""

_REPLACE_TRIES: Final = 100
_REPLACE_PAUSE_S: Final = 0.01
"""Windows refuses to replace a file that someone reads at the moment, and has no event that says
when they are done: try for a second, which outlasts the reading of a metadata file."""


def pad(size: int) -> int:
    """Round a size in bytes up to whole pages."""
    return -(-size // PAGE_BYTES) * PAGE_BYTES


def allocate(descriptor: int, size: int, start: int = 0) -> None:
    """Reserve disk space for the bytes of a file up to `size`, growing it if it is shorter.

    A memory map of an unallocated file dies of SIGBUS on a full disk; an allocated one cannot.

    Parameters
    ----------
    descriptor : int
        An open, writable file.
    size : int
        Bytes.
    start : int
        Bytes at the head of the file that have their space already.

    Raises
    ------
    OSError
        ENOSPC when the file system cannot hold it; the file may then have grown in part.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, start, size - start)
    elif os.fstat(descriptor).st_size < size:
        os.ftruncate(descriptor, size)  # NTFS reserves the clusters here


def aligned_block(size: int) -> memoryview:
    """Return zeroed, page-aligned memory of at least `size` bytes, padded to whole pages."""
    return memoryview(mmap.mmap(-1, pad(max(size, 1))))


def free_bytes(path: Path) -> int:
    """Return the bytes that an ordinary user may still write on the file system of `path`.

    The path need not exist yet, and its disk may have gone: its nearest parent that can be looked
    at counts.
    """
    there = path.absolute()
    while (free := _free_bytes_at(there)) is None and there != there.parent:
        there = there.parent
    return free or 0


def _free_bytes_at(path: Path) -> int | None:
    """Return what `free_bytes` does of a path that can be looked at; None of another."""
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return None


def check_writable(path: Path) -> None:
    """Find out whether something can be made at a path, whose parents need not exist yet.

    Raises
    ------
    OSError
        The nearest parent that exists is read-only, may not be written, or is no folder.
    """
    there = path.absolute().parent
    while not there.exists() and there != there.parent:
        there = there.parent
    if os.access(there, os.W_OK | os.X_OK) and there.is_dir():
        return
    read_only = hasattr(os, "statvfs") and os.statvfs(there).f_flag & os.ST_RDONLY
    number = errno.EROFS if read_only else errno.EACCES if there.is_dir() else errno.ENOTDIR
    raise OSError(number, os.strerror(number), str(there))


if sys.platform == "win32":

    def _read_at(descriptor: int, size: int, offset: int) -> bytes:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)

    def _write_at(descriptor: int, content: memoryview, offset: int) -> int:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, content)

else:

    def _read_at(descriptor: int, size: int, offset: int) -> bytes:
        return os.pread(descriptor, size, offset)

    def _write_at(descriptor: int, content: memoryview, offset: int) -> int:
        return os.pwrite(descriptor, content, offset)


class PositionedFile:
    """An open file that is read and written at given offsets, by one thread at a time.

    Parameters
    ----------
    path : Path
        The file.
    mode : {"read", "update", "create"}
        "update" reads and writes a file that exists; "create" makes it where it does not.
    direct : bool
        Write past the page cache: content, its address and its offset must then be whole pages.

    Raises
    ------
    OSError
        From any method, as the operating system says.
    """

    __slots__ = ("_descriptor", "path")

    def __init__(
        self,
        path: Path,
        mode: Literal["read", "update", "create"] = "read",
        *,
        direct: bool = False,
    ) -> None:
        flags = _MODE_FLAGS[mode] | _BINARY | (_DIRECT if direct else 0)
        self.path = path
        self._descriptor = os.open(path, flags, 0o644)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Length of the file, bytes."""
        return os.fstat(self._descriptor).st_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Read `size` bytes, or fewer where the file ends before."""
        parts: list[bytes] = []
        while size > 0 and (part := _read_at(self._descriptor, size, offset)):
            parts.append(part)
            size -= len(part)
            offset += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def write_at(self, offset: int, content: memoryview | bytes) -> None:
        """Write all of `content`, growing the file as needed."""
        rest = memoryview(content).cast("B")
        while rest.nbytes:
            written = _write_at(self._descriptor, rest, offset)
            if written == 0:
                raise OSError(errno.EIO, "the disk takes nothing and does not say why")
            rest = rest[written:]
            offset += written

    def allocate(self, size: int, start: int = 0) -> None:
        """Reserve disk space for the bytes from `start` up to `size`; see `allocate`."""
        allocate(self._descriptor, size, start)

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes and give back what was reserved behind them."""
        os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        """Return once the disk has the file's content."""
        getattr(os, "fdatasync", os.fsync)(self._descriptor)

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def supports_direct(folder: Path) -> bool:
    """Find out whether files in `folder` can be written past the page cache.

    Parameters
    ----------
    folder : Path
        An existing, writable folder; a small file is made in it and removed.

    Raises
    ------
    OSError
        The folder cannot be written at all.
    """
    if not _DIRECT:
        return False
    probe = folder / f"direct{PARTIAL_SUFFIX}"
    probe.touch()
    try:
        with PositionedFile(probe, "update", direct=True) as file:
            file.write_at(0, aligned_block(PAGE_BYTES))
    except OSError:
        return False
    finally:
        probe.unlink()
    return True


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Make `path` hold `content`: a reader, or a crash, sees the old file or the new, never a mix.

    Parameters
    ----------
    path : Path
        The file, which need not exist.
    content : bytes
        All of it.
    durable : bool
        Have the content on the disk before the name points to it, against a loss of power.

    Raises
    ------
    OSError
        The file cannot be written; `path` is as it was.
    """
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    try:
        with PositionedFile(partial, "create") as file:
            file.truncate(0)
            file.write_at(0, content)
            if durable:
                file.sync()
        move_over(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def move_over(source: Path, target: Path) -> None:
    """Give a file another's name and place; the other one is gone.

    Raises
    ------
    OSError
        It cannot be done; both are as they were.
    """
    for _ in range(_REPLACE_TRIES if sys.platform == "win32" else 0):
        try:
            source.replace(target)
        except PermissionError:
            time.sleep(_REPLACE_PAUSE_S)
        else:
            return
    source.replace(target)


def sync_path(path: Path) -> None:
    """Return once the disk has what was written to a file, or which names a folder holds.

    Works through a descriptor of its own: whoever wrote the file may have closed it.

    Raises
    ------
    OSError
        The disk failed, or the path does not exist.
    """
    if path.is_dir():
        if sys.platform != "win32":  # Windows keeps names in its journal and cannot sync a folder
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return
    with PositionedFile(path, "update") as file:
        file.sync()
