"""TIFF of every kind - plain, BigTIFF, ImageJ, OME, of several files - as frames of five axes."""

import logging
import struct
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import tifffile

from livecare.errors import MissingExtraError, UsageError
from livecare.frame import Pixels, Position
from livecare.images.axes import PageOrder
from livecare.images.layout import Layout, channel_names, position_names
from livecare.images.micromanager_stack import find_series
from livecare.images.tiff_pages import check_alike, walk_pages
from livecare.images.tiff_series import check_series, describe_series

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # errors are raised here instead

UNREADABLE: Final[tuple[type[Exception], ...]] = (
    tifffile.TiffFileError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    struct.error,
    zlib.error,
)
"""What tifffile raises on damaged files; a SyntaxError is one of the OME-XML."""

_MAGIC: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of TIFF and BigTIFF in both byte orders."""


def is_tiff(path: Path) -> bool:
    """Tell whether a file is a TIFF or at least says so by its name."""
    if not path.is_file():
        return False
    if path.suffix.lower() in {".tif", ".tiff"}:
        return True
    with path.open("rb") as stream:
        return stream.read(4) in _MAGIC


class TiffFrames:
    """A TIFF, read page by page.

    Parameters
    ----------
    path : Path
        The file; of a recording in several files any of them.

    Raises
    ------
    UsageError
        It is no TIFF, is damaged, or its pages are not the equal grey frames of one recording.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._other: tifffile.FileHandle | None = None
        try:
            self._tiff = tifffile.TiffFile(path)
        except UNREADABLE as error:
            raise _unreadable(path, error) from error
        try:
            self._series = self._find_series()
            self._order = _page_order(self._series)
            self.layout = self._describe()
        except UNREADABLE as error:
            self.close()
            raise _unreadable(path, error) from error
        except UsageError:
            self.close()
            raise

    def find(self, at: Position) -> Pixels | None:
        """Return a frame as stored; see `Frames.find`."""
        which, number = self._place(at)
        try:
            return self._read(self._series[which], self._order.page(number))
        except UNREADABLE as error:
            if "imagecodecs" in str(error):
                raise MissingExtraError(
                    "imagecodecs", "tiff", f"{self._path}: its compression"
                ) from error
            raise UsageError(
                f"{self._path}, frame {at} cannot be read ({error}); the file is cut "
                "short or damaged: copy or export it again"
            ) from error

    def close(self) -> None:
        """Close the file and those that belong to it; safe to call twice."""
        self._tiff.close()
        if self._other is not None:
            self._other.close()
            self._other = None

    def _place(self, at: Position) -> tuple[int, Position]:
        """Return the series that a frame is in, and the frame's position there.

        Several images of an OME-TIFF are stage positions; those of other files were written one
        after the other, so they are time points.
        """
        if len(self._series) == 1:
            return 0, at
        if self._tiff.is_ome:
            return at.p, Position(at.t, at.c, at.z)
        which, t = divmod(at.t, self._order.size("t"))
        return which, Position(t, at.c, at.z, at.p)

    def _find_series(self) -> list[tifffile.TiffPageSeries]:
        kinds = walk_pages(self._path, self._tiff)
        alike = not self._tiff.is_ome  # images of an OME-TIFF are compared one by one
        pages = check_alike(self._path, kinds) if alike else sum(1 for _ in kinds)
        series = find_series(self._path, self._tiff)
        check_series(self._path, self._tiff, series, pages)
        return series

    def _describe(self) -> Layout:
        series, order = self._series[0], self._order
        spacing, metadata = describe_series(self._tiff)
        rows, columns = series.keyframe.shape
        size_c, several = order.size("c"), len(self._series)
        size_t, positions = order.size("t") * several, order.size("p")
        if several > 1 and self._tiff.is_ome:
            size_t, positions = order.size("t"), several
        return Layout(
            shape=(size_t, size_c, order.size("z"), rows, columns),
            stored=np.dtype(series.dtype).newbyteorder("="),
            positions=position_names(tuple(each.name for each in self._series), positions),
            channels=channel_names(spacing.channels, size_c),
            pixel_size_um=spacing.pixel_size_um,
            z_step_um=spacing.z_step_um,
            interval_s=spacing.interval_s,
            metadata=metadata,
        )

    def _read(self, series: tifffile.TiffPageSeries, number: int) -> Pixels | None:
        if series.dataoffset is not None and not series.is_multifile:
            return self._read_at(series, series.dataoffset, number)
        page: Any = series[number]
        if page is None or not any(page.databytecounts):
            return None
        stream = page.parent.filehandle
        if stream.closed:
            if self._other is not None:
                self._other.close()
            stream.open()
            self._other = stream
        ends = (
            start + size for start, size in zip(page.dataoffsets, page.databytecounts, strict=True)
        )
        if max(ends, default=0) > stream.size:
            raise ValueError("its pixels reach beyond the end of the file")
        return np.asarray(page.asarray(maxworkers=1))

    def _read_at(self, series: tifffile.TiffPageSeries, start: int, number: int) -> Pixels:
        """Return a frame of a file whose pixels all follow one another."""
        keyframe: Any = series.keyframe
        size = int(np.prod(keyframe.shape)) * series.dtype.itemsize
        stream = self._tiff.filehandle
        stream.seek(start + number * size)
        stored = np.dtype(self._tiff.byteorder + series.dtype.char)
        frame = np.frombuffer(stream.read(size), stored)
        return frame.reshape(keyframe.shape)


def _page_order(series: list[tifffile.TiffPageSeries]) -> PageOrder:
    first = series[0]
    outer = len(first.axes) - len(first.keyframe.axes)
    return PageOrder.of(first.axes[:outer], first.shape[:outer])


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{path} cannot be read as a TIFF ({error}): it is damaged, or of another format under "
        "this name. Copy or export it again"
    )
