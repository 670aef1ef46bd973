"""A disk that misbehaves when a test says so, and file systems of a size that a test chooses.

The misbehaviour is `disk_shim.c`, preloaded into the run's processes; it goes by rules in a mapped
file. Only files whose path holds a rule's words are concerned.
"""

import mmap
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from live_run import Table, simulated

Operation = Literal["write", "sync", "allocate", "open", "replace", "look"]
OPERATIONS: tuple[Operation, ...] = ("write", "sync", "allocate", "open", "replace", "look")
RULE = struct.Struct("<6Q80s")
STRUCK = struct.Struct("<Q")
STRUCK_AT = 5 * 8
ALWAYS = 2**63
PATIENCE_S = 60.0


STORE = "run.ome.zarr"
"""Name of a run's recording."""


def disk_table(frames: int | None = None, rate_hz: float = 200, **more: object) -> Table:
    """Configure a run of small frames."""
    return simulated(frames=frames, rate_hz=rate_hz, size_yx=(64, 64), bank_frames=4, **more)


class BadDisk:
    """What a run's disk does wrong.

    Attributes
    ----------
    environment : mapping
        What a process needs to feel it.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("a bad disk is made of C, and there is no compiler")
        library, rules = folder / "disk_shim.so", folder / "disk.rules"
        source = Path(__file__).with_name("disk_shim.c")
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)
        rules.write_bytes(bytes(RULE.size * len(OPERATIONS)))
        with rules.open("r+b") as file:
            self._rules = mmap.mmap(file.fileno(), 0)
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "LIVECARE_BAD_DISK": str(rules),
        }

    def strike(
        self,
        operation: Operation,
        words: str,
        *,
        error: int = 0,
        delay_s: float = 0,
        after: int = 0,
        times: int = ALWAYS,
        shortened: int = 0,
    ) -> None:
        """From now on operations on files whose path holds these words go wrong, so many times."""
        at = OPERATIONS.index(operation) * RULE.size
        assert len(words) < 80, words
        us = round(delay_s * 1e6)
        # The words come last: before them the rule concerns no file.
        self._rules[at + 48 : at + RULE.size] = bytes(80)
        rule = RULE.pack(after, times, us, error, shortened, 0, words.encode())
        self._rules[at : at + 48] = rule[:48]
        self._rules[at + 48 : at + RULE.size] = rule[48:]

    def heal(self) -> None:
        """All goes well again."""
        for operation in OPERATIONS:
            self.strike(operation, "")

    def struck(self, operation: Operation) -> int:
        """Count the operations that went wrong under the latest rule."""
        at = OPERATIONS.index(operation) * RULE.size + STRUCK_AT
        count: int = STRUCK.unpack_from(self._rules, at)[0]
        return count

    def await_struck(self, operation: Operation, count: int = 1) -> None:
        """Wait until so many have."""
        deadline = time.monotonic() + PATIENCE_S
        while self.struck(operation) < count:
            assert time.monotonic() < deadline, f"{operation} was struck {self.struck(operation)}×"
            time.sleep(0.01)


@contextmanager
def file_system(folder: Path, options: str) -> Iterator[Path]:
    """Mount a file system in memory: "size=6m", "nr_inodes=90" and the like."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a file system of its own needs root, and the command 'mount'")
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", options, "livecare-test", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        unmount(folder)


@contextmanager
def bound(folder: Path, source: Path) -> Iterator[Path]:
    """Have a folder stand at another place, too, as a disk that is mounted there."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a mount needs root, and the command 'mount'")
    folder.mkdir()
    source.mkdir()
    mounted = subprocess.run(
        [mount, "--bind", str(source), str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        unmount(folder)


def forbid_writing(folder: Path) -> None:
    """Make a mounted file system read-only."""
    mount = shutil.which("mount") or "mount"
    subprocess.run([mount, "-o", "remount,bind,ro", str(folder)], check=True, capture_output=True)


def unmount(folder: Path) -> None:
    """Take a file system away at once, even if a process has files of it open; or do nothing."""
    command = shutil.which("umount")
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    if command is not None and f" {folder} " in mounts:  # a bound folder is no mount for `os.path`
        subprocess.run([command, "-l", str(folder)], check=True, capture_output=True)
