"""Passes a child's log on to this process's own, where a log collector reads it.

The child writes to a file, so that nothing that the recorder does can hold it up, and its last
words can be quoted; what is new in the file is passed on while the child is tended.
"""

import sys
import threading
from pathlib import Path
from typing import Final

from livecare.config.sections import LogSection
from livecare.logs import logger

MOST_BYTES: Final = 64 << 10
"""Bytes that are passed on at a time: what a child writes beyond that comes with the next look."""


def relay_of(section: LogSection, name: str, path: Path) -> "LogRelay | None":
    """Return what passes a child's log on; None where nobody but people reads this process's own.

    Parameters
    ----------
    section : LogSection
        How logs are written.
    name, path : str, Path
        The child, and its log.
    """
    return LogRelay(name, path) if section.format == "json" else None


class LogRelay:
    """Follows a child's log; any thread may call.

    Parameters
    ----------
    name : str
        The child.
    path : Path
        Its log; it need not be there yet.
    """

    def __init__(self, name: str, path: Path) -> None:
        self._name, self._path = name, path
        self._offset = 0
        self._turn = threading.Lock()

    def pass_on(self, *, everything: bool = False) -> None:
        """Pass on the whole lines that are new; `everything` also a last one without its end."""
        with self._turn:
            while (found := self._read()) and self._pass_on(found, everything=everything):
                if not everything:
                    return

    def begin_anew(self, size: int) -> bool:
        """Note that the log, of `size` bytes, is about to be cut; False if not all is passed on."""
        with self._turn:
            if self._offset < size:
                return False
            self._offset = 0
            return True

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                if self._offset > file.seek(0, 2):
                    self._offset = 0  # it was begun anew
                file.seek(self._offset)
                return file.read(MOST_BYTES)
        except OSError:
            return b""  # not begun yet, or the run's folder is gone

    def _pass_on(self, found: bytes, *, everything: bool) -> bool:
        """Pass on what was read, up to the end of a line; tell whether there was any."""
        whole = found.rfind(b"\n") + 1
        if not whole and (everything or len(found) == MOST_BYTES):
            whole = len(found)
        self._offset += whole
        lines = found[:whole].decode("utf-8", errors="replace").splitlines()
        ours = [line for line in lines if line.startswith("{")]
        if ours:
            sys.stderr.write("\n".join(ours) + "\n")
            sys.stderr.flush()
        others = [line for line in lines if line.strip() and not line.startswith("{")]
        if others:  # of a library, or the trace of an error: one line, so that it stays together
            logger().warning("child says", child=self._name, words="\n".join(others))
        return bool(whole)
