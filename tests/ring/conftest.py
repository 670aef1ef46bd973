"""Rings, and where they lie."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ring_end import SLOTS
from ring_frames import frame_bytes

from livecare.ring import RingWriter

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - a folder in memory is what a ring wants


@pytest.fixture
def ring_path() -> Iterator[Path]:
    """Give a path for a ring, in memory where the system offers that."""
    parent = MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="livecare-test-", dir=parent))
    yield folder / "frames.ring"
    shutil.rmtree(folder)


@pytest.fixture
def ring(ring_path: Path) -> Path:
    """Give the path of a ring of three small slots."""
    RingWriter.create(ring_path, SLOTS, frame_bytes()).close()
    return ring_path
