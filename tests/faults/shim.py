"""A wall clock that can be set, and a machine without room for processes: see clock_shim.c."""

import mmap
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("clock_shim.c")
ENTRY = struct.Struct("<q")
COMPILE_S = 60
"""Longest wait for the compiler, seconds."""


class Shim:
    """What the processes that were started with `environment` are made to believe."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if sys.platform != "linux" or compiler is None:
            pytest.skip("the shim needs Linux and a C compiler")
        library, faults = folder / "shim.so", folder / "faults"
        command = [compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, timeout=COMPILE_S)
        faults.write_bytes(bytes(2 * ENTRY.size))
        with faults.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.environment = {"LD_PRELOAD": str(library), "LIVECARE_FAULTS": str(faults)}

    def set_clock(self, seconds: int) -> None:
        """Set the wall clock, by so many seconds off what it should be."""
        ENTRY.pack_into(self._map, 0, seconds)

    def refuse_processes(self, *, refuse: bool) -> None:
        """Let the machine have no room for another process, or have it again."""
        ENTRY.pack_into(self._map, ENTRY.size, refuse)

    def close(self) -> None:
        self._map.close()
