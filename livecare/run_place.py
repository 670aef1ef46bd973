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
OWNER: Final = "owner.json"
PREVIEW: Final = "preview.endpoint"
CONTROL: Final = "control.endpoint"
TELEMETRY: Final = "telemetry.endpoint"


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


def owner_file(folder: Path) -> Path:
    """Return where a run says which process it is."""
    return folder / OWNER


def owner_files(parent: Path) -> Iterator[Path]:
    """Find that file of every run in a folder."""
    return parent.glob(f"{PREFIX}*/{OWNER}")


def preview_file(folder: Path) -> Path:
    """Return where the publisher writes its endpoint."""
    return folder / PREVIEW


def preview_files(parent: Path) -> Iterator[Path]:
    """Find that file of every run in a folder."""
    return parent.glob(f"{PREFIX}*/{PREVIEW}")


def control_file(folder: Path) -> Path:
    """Return where a run writes the endpoint at which it can be asked for changes."""
    return folder / CONTROL


def control_files(parent: Path) -> Iterator[Path]:
    """Find that file of every run in a folder."""
    return parent.glob(f"{PREFIX}*/{CONTROL}")


def telemetry_file(folder: Path) -> Path:
    """Return where a run writes the endpoint at which it says how it is."""
    return folder / TELEMETRY


def telemetry_files(parent: Path) -> Iterator[Path]:
    """Find that file of every run in a folder."""
    return parent.glob(f"{PREFIX}*/{TELEMETRY}")


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
