"""Zipped packages: how one is unpacked, without trusting it: into the cache, or for a while."""

import hashlib
import lzma
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import platformdirs

from livecare.errors import ModelError
from livecare.models.whole_folder import appearing

MAX_UNPACKED_BYTES: Final = 1 << 30
"""A gibibyte: a hundred times a large restoration network. More is a mistake or a bomb."""
MAX_ENTRIES: Final = 1000
"""A package has about ten files."""
MAX_NAME: Final = 200
"""Longest path of an entry, characters: every system takes it below the cache's folder."""
MAX_LISTING_BYTES: Final = 1 << 20
"""Longest list of an archive's entries, bytes, that is read at all: a thousand names have less."""

_END: Final = struct.Struct("<4s8xL4xH")
_END_MARK: Final = b"PK\x05\x06"
_END_64: Final = struct.Struct("<4s36xQ8x")
_LOCATOR_64: Final = struct.Struct("<4s16x")
_LOCATOR_64_MARK: Final = b"PK\x06\x07"
"""The end of an archive says how long the list of its entries is, perhaps in 64 bits before it."""
_DEVICES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
)
"""Names that are no files on Windows, whatever comes after a dot."""


def unpack(archive: Path, *, anew: bool = False) -> Path:
    """Return the folder of an unpacked .zip package; unpack it if that was not yet done.

    The folder is named by the archive's sha256 and appears in one rename, so that a half-unpacked
    package is never found.

    Parameters
    ----------
    archive : Path
        The .zip.
    anew : bool
        Whether to unpack it once more, in place of what was.

    Raises
    ------
    ModelError
        If the archive is missing, damaged, too large, or wants to write outside its folder.
    """
    try:
        with archive.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{archive} cannot be read ({error}): check the path") from error
    folder = cache_folder() / digest
    if anew:
        shutil.rmtree(folder, ignore_errors=True)
    if not folder.is_dir():
        _unpack_to(archive, folder)
    return folder


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """Unpack an archive into a folder that is gone afterwards.

    Raises
    ------
    ModelError
        As for `unpack`.
    """
    with tempfile.TemporaryDirectory(prefix="livecare-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _extract(archive, folder)
        yield folder


def cache_folder() -> Path:
    """Return where packages are unpacked to; it may be deleted at any time."""
    return platformdirs.user_cache_path("livecare") / "models"


def _unpack_to(archive: Path, folder: Path) -> None:
    """Unpack beside the folder, unless another process is faster with the same content."""
    try:
        with appearing(folder) as unfinished:
            _extract(archive, unfinished)
    except ModelError:
        if not folder.is_dir():
            raise


def _extract(archive: Path, folder: Path) -> None:
    """Unpack what was checked."""
    try:
        with archive.open("rb") as opened:
            _check_listing(archive, opened)
            with zipfile.ZipFile(opened) as package:
                _check_entries(archive, package)
                package.extractall(folder)
    except (
        OSError,
        EOFError,
        ValueError,
        OverflowError,
        MemoryError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise ModelError(f"{archive} is no readable .zip ({error}): get it again") from error


def _check_entries(archive: Path, package: zipfile.ZipFile) -> None:
    """Refuse paths that leave the folder, links, odd names, and more than a package can be."""
    entries = package.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_UNPACKED_BYTES:
        raise ModelError(
            f"{archive} holds {len(entries)} files and {total} bytes, more than the {MAX_ENTRIES} "
            f"files and {MAX_UNPACKED_BYTES} bytes of any model package: do not trust it"
        )
    seen: set[str] = set()
    for entry in entries:
        fault = _fault(entry)
        as_one = unicodedata.normalize("NFKC", entry.filename.rstrip("/")).casefold()
        if not fault and as_one in seen:
            fault = "is there twice, or the same file as another one on some systems"
        if fault:
            raise ModelError(f"{archive}: the entry {entry.filename!r} {fault}: do not trust it")
        seen.add(as_one)


def _fault(entry: zipfile.ZipInfo) -> str:
    """Say why an entry cannot be unpacked safely; "" where it can."""
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in name:
        return "leads outside the package"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link, or no file"
    if len(name) > MAX_NAME or not name.isprintable() or not path.parts:
        return "has no name that every system takes"
    for part in path.parts:
        if part.endswith((".", " ")) or part.split(".")[0].rstrip().upper() in _DEVICES:
            return "has a name that Windows takes for another"
    return ""


def _check_listing(archive: Path, opened: BinaryIO) -> None:
    """Refuse a list of entries that is too long to be read: it is read as a whole."""
    size = opened.seek(0, 2)
    opened.seek(max(0, size - _END.size - 0xFFFF - _LOCATOR_64.size - _END_64.size))
    tail = opened.read()
    opened.seek(0)
    at = len(tail) - _END.size  # as zipfile looks for it: without a comment first
    if at < 0 or not tail.startswith(_END_MARK, at) or tail[-2:] != b"\0\0":
        at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        return  # no archive: opening it says so
    listed = _END.unpack_from(tail, at)[1]
    locator = at - _LOCATOR_64.size
    if locator >= _END_64.size and tail.startswith(_LOCATOR_64_MARK, locator):
        listed = max(listed, _END_64.unpack_from(tail, locator - _END_64.size)[1])
    if listed > MAX_LISTING_BYTES:
        raise ModelError(
            f"{archive} lists {listed} bytes of entries, more than the {MAX_LISTING_BYTES} of any "
            "model package: do not trust it"
        )
