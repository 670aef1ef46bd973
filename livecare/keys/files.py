"""The files of keys, in ZeroMQ's certificate format: written private from the start, and checked.

::

    metadata
        name = "office"
    curve
        public-key = "40 characters"
        secret-key = "40 characters"      # in .key_secret only
"""

import contextlib
import os
import re
import stat
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import zmq
from zmq.utils import z85

from livecare.errors import UsageError

PUBLIC_SUFFIX: Final = ".key"
SECRET_SUFFIX: Final = ".key_secret"  # noqa: S105 - the end of a name
"""What the names of key files end with, as ZeroMQ's own tools have it."""

KEY_CHARACTERS: Final = 40
"""Of a key in Z85: 32 bytes."""
MAX_FILE_BYTES: Final = 4096
"""Longest file that is read as a key, bytes: one has about 300."""
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Names that are a file's name on every operating system, and cannot lead out of a folder."""

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
FOLDER: Final = 0o700
"""Modes of secret files, of public ones and of a folder that is made for them."""

_NO_INHERIT: Final = getattr(os, "O_NOINHERIT", 0) | getattr(os, "O_CLOEXEC", 0)
_LINE: Final = re.compile(
    rb'^\s*(public|secret)-key\s*=\s*["\']?([^"\'\s]+)["\']?\s*$', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A public key and the secret one that goes with it, both in Z85.

    Attributes
    ----------
    public, secret : bytes
        40 characters each.
    """

    public: bytes
    secret: bytes = field(repr=False)  # no log and no traceback shows it


def new_pair() -> KeyPair:
    """Make a pair that nobody has. Raises UsageError where ZeroMQ was built without CURVE."""
    if not zmq.has("curve"):
        raise UsageError(
            "this pyzmq was built without CURVE, so nothing can be encrypted: install the wheel "
            "from PyPI (pip install --force-reinstall pyzmq)"
        )
    public, secret = zmq.curve_keypair()
    return KeyPair(public, secret)


def create_keys(name: str, folder: Path) -> tuple[Path, Path]:
    """Make a pair and write its two files; neither may be there already.

    Parameters
    ----------
    name : str
        Whose keys: what the files are called.
    folder : Path
        Where to; made if it is missing.

    Returns
    -------
    public, secret : Path
        What may be given away, and what may not.

    Raises
    ------
    UsageError
        If the name cannot be a file's, a file is there already, or none can be written.
    """
    if not NAME.fullmatch(name) or name.endswith("."):
        raise UsageError(
            f"{name!r} cannot be the name of a key: use up to 64 letters, digits, '.', '_' and "
            "'-', beginning with a letter or digit"
        )
    public_file, secret_file = folder / (name + PUBLIC_SUFFIX), folder / (name + SECRET_SUFFIX)
    pair = new_pair()
    try:
        folder.mkdir(FOLDER, parents=True, exist_ok=True)
        write_pair(secret_file, pair, name)
        try:
            write_public(public_file, pair.public, name)
        except OSError:
            secret_file.unlink()
            raise
    except FileExistsError as error:
        raise UsageError(
            f"{error.filename} is there already, and whoever uses it would be locked out: choose "
            "another name, or delete both files of that name first"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot write keys into {folder}: {error.strerror}") from error
    return public_file, secret_file


def write_pair(file: Path, pair: KeyPair, name: str = "") -> None:
    """Write a new file with both keys, which nobody else can read at any moment. Raises OSError."""
    text = _text("the SECRET key: never give it away", name, pair.public)
    _write_new(file, f'{text}    secret-key = "{pair.secret.decode()}"\n', PRIVATE)


def write_public(file: Path, public: bytes, name: str = "") -> None:
    """Write a new file with the public key alone. Raises OSError."""
    _write_new(file, _text("a public key: it may be given away", name, public), PUBLIC)


def read_public(file: Path) -> bytes:
    """Read the public key in a file, which may be a secret one's. Raises UsageError."""
    return _read(file)[0]


def read_pair(file: Path) -> KeyPair:
    """Read both keys.

    Raises
    ------
    UsageError
        If the file is missing, holds no such pair, or others than its owner may read it.
    """
    _refuse_readable(file)
    public, secret = _read(file)
    if secret is None:
        raise UsageError(
            f"{file} holds a public key only: give the file {file.stem}{SECRET_SUFFIX} that was "
            "made with it"
        )
    try:
        matches = zmq.curve_public(secret) == public
    except (zmq.ZMQError, ValueError):
        matches = False
    if not matches:
        raise UsageError(f"{file}: its two keys do not belong together: make new ones")
    return KeyPair(public, secret)


def _text(what: str, name: str, public: bytes) -> str:
    return (
        f"# livecare, ZeroMQ CURVE: {what}.\n"
        "metadata\n"
        f'    name = "{name}"\n'
        "curve\n"
        f'    public-key = "{public.decode()}"\n'
    )


def _write_new(file: Path, text: str, mode: int) -> None:
    """Make a file that has this mode before anything is in it; one that is there stays."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_INHERIT, mode)
    try:
        with open(descriptor, "w", encoding="ascii", newline="\n") as opened:  # noqa: PTH123
            if hasattr(os, "fchmod"):  # the umask may have taken more than it should
                os.fchmod(descriptor, mode)
            opened.write(text)
            opened.flush()
            os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            file.unlink()
        raise


def _read(file: Path) -> tuple[bytes, bytes | None]:
    """Return the public key in a file, and the secret one if it has one."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the key {file}: {error.strerror}") from error
    found = dict(_LINE.findall(content)) if len(content) <= MAX_FILE_BYTES else {}
    public, secret = found.get(b"public"), found.get(b"secret")
    if public is None or not _is_key(public) or not (secret is None or _is_key(secret)):
        raise UsageError(
            f"{file} holds no key of ZeroMQ: make one with  livecare keys create NAME --out FOLDER"
        )
    return public, secret


def _is_key(text: bytes) -> bool:
    if len(text) != KEY_CHARACTERS or not all(each in z85.Z85CHARS for each in text):
        return False
    try:
        return len(z85.decode(text)) == KEY_CHARACTERS * 4 // 5
    except (ValueError, OverflowError, struct.error):
        return False


def _refuse_readable(file: Path) -> None:
    """Refuse a secret file that others may read; Windows says nothing of that in a mode.

    A service manager that hands a credential over lets its service read it by an access-control
    list, which shows as rights of the group.
    """
    if os.name == "nt":
        return
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise UsageError(f"cannot read the key {file}: {error.strerror}") from error
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = bool(given) and Path(given or "").resolve() in file.resolve().parents
    forbidden = stat.S_IRWXO if credential else stat.S_IRWXO | stat.S_IRWXG
    if mode & forbidden:
        raise UsageError(
            f"{file} is a secret key, but others than its owner may read it (mode "
            f"{stat.S_IMODE(mode):04o}): run  chmod 600 '{file}'  and, if anybody could have read "
            "it, make new keys"
        )
