"""Cache of what engines build: files that are whole or absent, for as long as their key holds."""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Final

import platformdirs

from livecare.errors import EngineError
from livecare.logs import logger

MAGIC: Final = b"livecare engine cache 1\n"
"""Opens every file; another layout gets another number."""
DIGEST_BYTES: Final = hashlib.sha256().digest_size
"""Of the content's SHA-256, which follows."""
SUFFIX: Final = ".cached"
DRAFT_SUFFIX: Final = ".part"
KEY_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""What a key may be: a file name on any system, with room for the suffix and a draft's letters."""


def cache_folder() -> Path:
    """Return the folder of the user's caches that engines share; it may not exist yet."""
    return platformdirs.user_cache_path("livecare") / "engines"


class Cache:
    """Keeps bytes under keys. Any number of processes may read and write at the same time.

    Parameters
    ----------
    folder : Path
        Where; made when the first content is written.

    Notes
    -----
    There is no lock: a content is written to a file beside its place and renamed, so a reader finds
    the old content, the new one, or none. Two writers of one key have made the same.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where the contents lie."""
        return self._folder

    def read(self, key: str) -> bytes | None:
        """Return the content; None if there is none, or it is damaged and was removed for that."""
        path = self._path(key)
        try:
            stored = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            logger().warning("engine cache cannot be read", file=str(path), reason=str(error))
            return None
        content = stored[len(MAGIC) + DIGEST_BYTES :]
        if stored[: len(MAGIC) + DIGEST_BYTES] == _header(content):
            return content
        logger().warning("engine cache file is damaged; it is removed", file=str(path))
        self.remove(key)
        return None

    def write(self, key: str, content: bytes) -> bool:
        """Keep a content under a key in place of any other.

        Returns
        -------
        bool
            Whether it is kept. A full disk or a folder that cannot be written costs a warning and
            the time to build it again, nothing else.
        """
        path = self._path(key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_whole(path, _header(content), content)
        except OSError as error:
            logger().warning(
                "engine cache cannot be written; it is built anew next time",
                file=str(path),
                reason=str(error),
            )
            return False
        return True

    def remove(self, key: str) -> None:
        """Forget a key, if it is there."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:  # Windows: another process reads it just now
            logger().warning("engine cache file stays", file=str(path), reason=str(error))

    def _path(self, key: str) -> Path:
        if KEY_PATTERN.fullmatch(key) is None:
            raise EngineError(
                f"engine cache: '{key}' is no key; use letters, digits, '.', '_' and '-'"
            )
        return self._folder / f"{key}{SUFFIX}"


def _header(content: bytes) -> bytes:
    return MAGIC + hashlib.sha256(content).digest()


def _write_whole(path: Path, *parts: bytes) -> None:
    """Write a file that appears at once and whole, or not at all."""
    descriptor, draft = tempfile.mkstemp(DRAFT_SUFFIX, f"{path.stem[:32]}-", path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:  # an interrupt, too: whatever ends it, no draft may stay; raised again
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise
