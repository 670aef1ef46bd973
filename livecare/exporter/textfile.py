"""Knows how a file of node_exporter's textfile collector is kept up to date, and whole."""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from livecare import disk
from livecare.logs import logger

INTERVAL_S: Final = 5.0
"""Time between two versions of the file, seconds: a third of the usual interval of scrapes."""
READABLE: Final = 0o644
"""Mode of the file: its reader is another user, whatever this process's umask is."""


class Textfile:
    """Keeps a file up to date; one that cannot be written now may be the next time.

    Parameters
    ----------
    path : Path
        The file.
    content : callable
        Returns what is to be in it.
    clock : callable
        Says what time it is, monotonic, seconds.
    """

    def __init__(
        self,
        path: Path,
        content: Callable[[], bytes],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._content, self._clock = path, content, clock
        self._written = -math.inf
        self._failed = False

    def update(self) -> None:
        """Write a new version if it is time to."""
        if self._clock() - self._written >= INTERVAL_S:
            self.write()

    def write(self) -> None:
        """Write a new version."""
        self._written = self._clock()
        try:
            disk.replace_file(self._path, self._content(), durable=False)
            if sys.platform != "win32":
                self._path.chmod(READABLE)
        except OSError as error:
            if not self._failed:
                logger().warning("metrics are not written", file=str(self._path), why=str(error))
            self._failed = True
            return
        if self._failed:
            logger().info("metrics are written again", file=str(self._path))
        self._failed = False
