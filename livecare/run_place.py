"""Knows where on this machine a run keeps its private files, and what they are called."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from livecare import disk

MEMORY_FOLDER: Final = Path("/dev/shm")  # noqa: S108 - only a user's own folders in it are used
"""A file system in memory, on Linux: a ring there costs no disk traffic."""
PREFIX: Final = "livecare-"
"""What the name of every run's folder begins with."""
SIGN_SUFFIX: Final = ".run"
"""What the name of the folder ends with in which a run says where it answers, from its start to its
end; the other folders are of its parts, and hold rings."""
OWNER: Final = "owner.json"
PREVIEW: Final = "preview.endpoint"
CONTROL: Final = "control.endpoint"
TELEMETRY: Final = "telemetry.endpoint"
SNAPSHOT: Final = "snapshot.msgpack"
LOCAL_KEY: Final = "local.key_secret"
SERVER_KEY: Final = "server.key"
PREVIEW_REFUSALS: Final = "preview.refusals"
"""Names of the files in such a folder; the functions below say what each holds."""


def default_parents() -> tuple[Path, ...]:
    """Return the folders in which runs make their own where none is configured."""
    return MEMORY_FOLDER, Path(tempfile.gettempdir())


def default_parent(needed_bytes: int) -> Path:
    """Return the one for a run that needs so much: memory if twice that is free there."""
    if MEMORY_FOLDER.is_dir() and disk.free_bytes(MEMORY_FOLDER) > 2 * needed_bytes:
        return MEMORY_FOLDER
    return Path(tempfile.gettempdir())


def run_folder(parent: Path, run_id: str) -> Path:
    """Return a run's folder."""
    return parent / f"{PREFIX}{run_id}"


def sign_name(run_id: str) -> str:
    """Return what `run_folder` takes for the folder in which a run says where it answers."""
    return f"{run_id}{SIGN_SUFFIX}"


def is_sign(folder: Path) -> bool:
    """Tell whether a folder is such a one."""
    return folder.name.endswith(SIGN_SUFFIX)


def find_files(parent: Path, name: str) -> Iterator[Path]:
    """Find the file of a name in the folder of every run."""
    return parent.glob(f"{PREFIX}*/{name}")


def owner_file(folder: Path) -> Path:
    """Return where a run says which process it is."""
    return folder / OWNER


def preview_file(folder: Path) -> Path:
    """Return where the publisher writes its endpoint."""
    return folder / PREVIEW


def control_file(folder: Path) -> Path:
    """Return where a run writes the endpoint at which it can be asked for changes."""
    return folder / CONTROL


def telemetry_file(folder: Path) -> Path:
    """Return where a run writes the endpoint at which it says how it is."""
    return folder / TELEMETRY


def snapshot_file(folder: Path) -> Path:
    """Return where a run keeps the newest snapshot of itself."""
    return folder / SNAPSHOT


def local_key_file(folder: Path) -> Path:
    """Return where a run that has keys leaves one for this user's own commands."""
    return folder / LOCAL_KEY


def server_key_file(folder: Path) -> Path:
    """Return where it leaves the public key by which they know it."""
    return folder / SERVER_KEY


def preview_refusals_file(folder: Path) -> Path:
    """Return where the publisher keeps count of those whom it turned away."""
    return folder / PREVIEW_REFUSALS


def raw_ring(folder: Path) -> Path:
    """Return where the raw ring lies."""
    return folder / "raw.ring"


def restored_ring(folder: Path) -> Path:
    """Return where the restored ring lies."""
    return folder / "restored.ring"


def start_file(folder: Path) -> Path:
    """Return where the start message lies for the publisher."""
    return folder / "start.message"


def end_file(folder: Path) -> Path:
    """Return where the end message is left for the publisher."""
    return folder / "end.message"


def orders_file(folder: Path, child: str) -> Path:
    """Return where a child finds its orders."""
    return folder / f"{child}.json"


def log_file(folder: Path, child: str) -> Path:
    """Return where a child's standard error goes."""
    return folder / f"{child}.log"
