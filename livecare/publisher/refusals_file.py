"""Knows the file in which the publisher keeps count of whom it turned away, for its run to read."""

import contextlib
import time
from pathlib import Path
from typing import Final

import msgspec

from livecare import disk
from livecare.link.strangers import Strangers

KEEP_S: Final = 1.0
"""Time between two writings, seconds, however many come."""


class RefusalsFile:
    """Keeps the counts in a file; nothing is written while nobody is turned away.

    Parameters
    ----------
    path : str
        The file; "" for none.
    strangers : Strangers
        Who counts.
    """

    def __init__(self, path: str, strangers: Strangers) -> None:
        self._path, self._strangers = path, strangers
        self._kept: dict[str, int] = {}
        self._kept_s = time.monotonic()

    def keep(self, *, at_last: bool = False) -> None:
        """Write the counts, if they have changed and it is time to."""
        if not self._path or (time.monotonic() - self._kept_s < KEEP_S and not at_last):
            return
        self._kept_s = time.monotonic()
        counts = self._strangers.counts
        if counts != self._kept:
            with contextlib.suppress(OSError):  # previews go on where a disk of counts is full
                disk.replace_file(Path(self._path), msgspec.json.encode(counts), durable=False)
                self._kept = counts
