"""Zipped packages: how one is unpacked, without trusting it: into the cache, or for a while."""

import hashlib
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import platformdirs

from livecare.errors import ModelError

MAX_UNPACKED_BYTES = 1 << 30
"""A gibibyte: a hundred times a large restoration network. More is a mistake or a bomb."""
MAX_ENTRIES = 1000
"""A package has about ten files."""


def unpack(archive: Path) -> Path:
    """Return the folder of an unpacked .zip package; unpack it if that was not yet done.

    The folder is named by the archive's sha256 and appears in one rename, so that a half-unpacked
    package is never found.

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
    """Unpack beside the folder, then give the result its name."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix="unfinished-"))
    try:
        _extract(archive, unfinished)
        _publish(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _extract(archive: Path, folder: Path) -> None:
    """Unpack what was checked."""
    try:
        with zipfile.ZipFile(archive) as package:
            _check_entries(archive, package)
            package.extractall(folder)
    except (
        OSError,
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise ModelError(f"{archive} is no readable .zip ({error}): get it again") from error


def _publish(unfinished: Path, folder: Path) -> None:
    """Rename the unpacked folder, unless another process was faster with the same content."""
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _check_entries(archive: Path, package: zipfile.ZipFile) -> None:
    """Refuse paths that leave the folder, links, and more than a package can be."""
    entries = package.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_UNPACKED_BYTES:
        raise ModelError(
            f"{archive} holds {len(entries)} files and {total} bytes, more than the {MAX_ENTRIES} "
            f"files and {MAX_UNPACKED_BYTES} bytes of any model package: do not trust it"
        )
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        leaves = path.is_absolute() or ".." in path.parts or ":" in entry.filename
        if leaves or stat.S_ISLNK(entry.external_attr >> 16):
            raise ModelError(
                f"{archive}: the entry '{entry.filename}' is a link or leads outside the package: "
                "do not trust it"
            )
