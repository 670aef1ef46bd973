"""A small file system of its own, which is soon full."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def mounted(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Mount a tmpfs there as long as this is entered; skip where that is not allowed."""
    if sys.platform != "linux":
        pytest.skip("a small disk is made of Linux's tmpfs")
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None:
        pytest.skip("a small disk needs the commands mount and umount")
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", f"size={size_bytes}", "livecare-test", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here (root is needed): {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([unmount, "-l", str(folder)], check=True)  # a failed run may hold it
