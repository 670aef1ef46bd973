"""Reads frames, and keeps as many in memory as it may: recordings can be larger than that."""

import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from livecare.frame import Pixels
from livecare.images import ImageFile, open_images
from livecare.training.pairs.finite import check_finite
from livecare.training.pairs.recordings import Recording

OPEN_FILES: Final = 32
"""Files held open at a time; operating systems allow a few hundred."""

Key = tuple[object, ...]


class FrameReader:
    """Frames of recordings, and what was computed from them, by a least-recently-used cache.

    Parameters
    ----------
    limit_bytes : int
        Bytes of arrays kept; the one asked for last is always kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[Key, Pixels] = OrderedDict()
        self._kept_bytes = 0
        self._open: OrderedDict[Path, ImageFile] = OrderedDict()
        weakref.finalize(self, _close_all, self._open)

    @property
    def limit_bytes(self) -> int:
        """Bytes that may be kept."""
        return self._limit_bytes

    def read(self, recording: Recording, frame: int) -> Pixels:
        """Return a frame, shape (y, x); not to be written to."""
        return self.keep(
            (recording.path, recording.position, recording.channel, *recording.place(frame)),
            lambda: self._read(recording, frame),
        )

    def keep(self, key: Key, make: Callable[[], Pixels]) -> Pixels:
        """Return the array of this key, made now if it is not in memory."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = make()
        made.setflags(write=False)
        self._kept[key] = made
        self._kept_bytes += made.nbytes
        while self._kept_bytes > self._limit_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= dropped.nbytes
        return made

    def _read(self, recording: Recording, frame: int) -> Pixels:
        images = self._opened(recording.path)
        t, z = recording.place(frame)
        pixels = np.array(images.read(t=t, c=recording.channel, z=z, p=recording.position))
        check_finite(pixels, recording.label(frame))
        return pixels

    def _opened(self, path: Path) -> ImageFile:
        if path in self._open:
            self._open.move_to_end(path)
            return self._open[path]
        if len(self._open) >= OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        self._open[path] = open_images(path)
        return self._open[path]


def _close_all(opened: OrderedDict[Path, ImageFile]) -> None:
    while opened:
        opened.popitem()[1].close()
