"""Copies of recordings and models that tests may damage, also of those that nobody may write."""

import shutil
import stat
from pathlib import Path


def writable_copy(source: Path, target: Path) -> Path:
    """Copy a folder, and let its owner write there; return the copy."""
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    return target
