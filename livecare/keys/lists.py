"""Who may do what: folders of public keys, read again whenever somebody asks to come in."""

import os
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

from livecare.errors import ConfigError, UsageError
from livecare.keys.files import PUBLIC_SUFFIX, SECRET_SUFFIX, read_public

MOST_KEYS: Final = 1000
"""Files of a folder that are read: a facility has tens of users."""

Seen = tuple[tuple[str, int, int, int], ...]
"""Name, time of change (ns), size (bytes) and number of each file: what tells that a folder has
changed."""


class Role(IntEnum):
    """What the owner of a key may do; a higher one may do all that a lower one may."""

    READ = 1
    """See frames and telemetry."""
    CONTROL = 2
    """Ask the run for changes, and push frames to it."""
    LOCAL = 3
    """The user that the run belongs to, on its own machine: name files of that machine, too."""


@dataclass(slots=True)
class _Folder:
    """A folder of public keys, and what was found in it last."""

    path: Path
    role: Role
    seen: Seen | None = None
    keys: dict[bytes, str] = field(default_factory=dict)


class AllowLists:
    """The keys of a run: two folders, and the key of this user's own commands; for one thread.

    Parameters
    ----------
    readers, operators : Path or None
        Folders with a file NAME.key for each who may read, and who may also control.
    local : bytes
        Public key of the user that the run belongs to, Z85.
    """

    def __init__(self, readers: Path | None, operators: Path | None, local: bytes) -> None:
        self._local = local
        self._folders = [
            _Folder(path, role)
            for path, role in ((readers, Role.READ), (operators, Role.CONTROL))
            if path is not None
        ]

    def check(self) -> None:
        """Refuse lists that cannot be meant, before a run begins.

        Raises
        ------
        ConfigError
            If a folder is missing or holds a file that is no public key, or both name one key.
        """
        owners: dict[bytes, Path] = {}
        for folder in self._folders:
            _refuse_secrets(folder.path)
            for file in _key_files(folder.path):
                try:
                    public = read_public(file)
                except UsageError as error:
                    raise ConfigError(f"[security]: {error}") from error
                other = owners.setdefault(public, file)
                if other.parent != file.parent:
                    raise ConfigError(
                        f"[security]: {other} and {file} are the same key: an operator may read, "
                        "too, so leave it with the operators, or make a second one for reading"
                    )

    def find(self, public: bytes) -> tuple[Role, str] | None:
        """Tell what the owner of a key may do, and what they are called; None for nothing.

        A key in both folders may only read. A folder that cannot be read has no keys.
        """
        if public == self._local:
            return Role.LOCAL, "this user"
        for folder in self._folders:
            self._read(folder)
            if public in folder.keys:
                return folder.role, folder.keys[public]
        return None

    def _read(self, folder: _Folder) -> None:
        """Read a folder again, if anything in it has changed."""
        try:
            files = _key_files(folder.path)
        except ConfigError as error:
            if folder.keys or folder.seen is None:
                _warn("nobody is let in by this list", error)
            folder.seen, folder.keys = (), {}
            return
        seen = tuple(_look_of(file) for file in files)
        if seen == folder.seen:
            return
        keys: dict[bytes, str] = {}
        for file in files:
            try:
                keys[read_public(file)] = file.name.removesuffix(PUBLIC_SUFFIX)
            except UsageError as error:
                _warn("a file among the keys is passed over", error)
        folder.seen, folder.keys = seen, keys


def _warn(what: str, error: Exception) -> None:
    from livecare.logs import logger  # noqa: PLC0415 - a client has keys, and nothing to log with

    logger().warning(what, why=str(error))


def _look_of(file: Path) -> tuple[str, int, int, int]:
    try:
        found = file.stat()
    except OSError:  # a link to nowhere, as editors leave them, or just deleted: no key by itself
        return file.name, 0, 0, 0
    return file.name, found.st_mtime_ns, found.st_size, found.st_ino


def _key_files(folder: Path) -> list[Path]:
    """Return the files of public keys in a folder. Raises ConfigError."""
    keys = [folder / name for name in _names(folder) if name.endswith(PUBLIC_SUFFIX)]
    if len(keys) > MOST_KEYS:
        raise ConfigError(f"[security]: {folder} holds {len(keys)} keys; {MOST_KEYS} is the most")
    return keys


def _refuse_secrets(folder: Path) -> None:
    secret = next((name for name in _names(folder) if name.endswith(SECRET_SUFFIX)), None)
    if secret is not None:
        raise ConfigError(
            f"[security]: {folder / secret} is a secret key: it belongs to its owner alone. Take "
            f"it away, make a new pair, and put only the {PUBLIC_SUFFIX} file here"
        )


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        raise ConfigError(
            f"[security]: cannot read the folder {folder}: {error.strerror}; make it, and put a "
            f"file NAME{PUBLIC_SUFFIX} into it for each who may come in"
        ) from error
