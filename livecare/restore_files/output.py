"""The TIFF that restored frames go into: laid out first, then filled frame by frame."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import numpy as np
import tifffile

from livecare.disk import PARTIAL_SUFFIX, move_over
from livecare.errors import UsageError
from livecare.frame import Pixels, PixelType, Position
from livecare.images import ImageFile
from livecare.sinks.failures import failure
from livecare.sinks.ome_xml import AXES, ome_xml

IMAGEJ_BYTES: Final = 2**32 - 2**20
"""Pixels that an ImageJ file can have, bytes: its offsets have 32 bits, and its pages need room."""

_OURS: Final = {"ImageJ", "images", "channels", "slices", "frames", "hyperstack", "Info"}
"""What an ImageJ description says that is written anew."""


class OutputFile:
    """A TIFF with room for every frame of a recording; it gets its name once it is whole.

    In an `with` statement it is renamed at the end, or deleted if the block failed.

    Parameters
    ----------
    path : Path
        Its name at last.
    images : ImageFile
        The recording, whose axes and names it has.
    dtype : PixelType
        Pixel type of its frames.
    description : str
        What it says about itself.

    Raises
    ------
    DiskFullError, StoreError
        It cannot be written.
    """

    def __init__(self, path: Path, images: ImageFile, dtype: PixelType, description: str) -> None:
        self.path = path
        self._partial = path.with_name(path.name + PARTIAL_SUFFIX)
        self._imagej = is_imagej_output(path, images, dtype)
        byteorder: Literal["<", ">"] = ">" if self._imagej else "<"
        self._stored = np.dtype(dtype).newbyteorder(byteorder)
        self._shape = images.shape
        self._file: Any = None
        with ExitStack() as undo:
            undo.callback(self._partial.unlink, missing_ok=True)
            try:
                self._starts = self._lay_out(images, description, byteorder)
                self._file = self._partial.open("r+b")
            except OSError as error:
                raise failure(error, "restoring", path) from error
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                move_over(self._partial, self.path)
        except OSError as failed:
            raise failure(failed, "restoring", self.path) from failed
        finally:
            self._partial.unlink(missing_ok=True)

    def write(self, at: Position, pixels: Pixels) -> None:
        """Write a frame, shape (y, x), or a stack of all planes from plane `at.z` on.

        Raises
        ------
        DiskFullError, StoreError
            The disk is full or failed.
        """
        planes = pixels.reshape(-1, *pixels.shape[-2:]).astype(self._stored, copy=False)
        _, size_c, size_z = self._shape[:3]
        size = planes[0].nbytes
        try:
            for z, plane in enumerate(planes, at.z):
                number = (at.t * size_z + z) * size_c + at.c
                self._file.seek(self._starts[at.p] + number * size)
                self._file.write(np.ascontiguousarray(plane).data)
        except OSError as error:
            raise failure(error, f"restoring frame {at}", self.path, size) from error

    def _lay_out(
        self, images: ImageFile, description: str, byteorder: Literal["<", ">"]
    ) -> list[int]:
        """Write everything but pixels; return where those of each position start, bytes."""
        size_t, size_c, size_z, rows, columns = images.shape
        starts = []
        with tifffile.TiffWriter(
            self._partial,
            bigtiff=not self._imagej,
            byteorder=byteorder,
            imagej=self._imagej,
            ome=not self._imagej,
        ) as tiff:
            for p in range(len(images.positions)):
                place = tiff.write(
                    shape=(size_t, size_z, size_c, rows, columns),
                    dtype=self._stored,
                    photometric="minisblack",
                    metadata=(_imagej if self._imagej else _ome)(images, description, p),
                    returnoffset=True,
                    **_resolution(images, imagej=self._imagej),
                )
                if place is None:
                    raise UsageError(f"{self.path}: its pixels cannot be laid out in one piece")
                starts.append(place[0])
        return starts


def is_imagej_output(path: Path, images: ImageFile, dtype: PixelType) -> bool:
    """Tell whether the file will be ImageJ's: where the recording was, and where that can be."""
    size = int(np.prod(images.shape)) * np.dtype(dtype).itemsize
    imagej = images.metadata.get("format") == "imagej"
    return imagej and size < IMAGEJ_BYTES and not is_named_ome(path)


def is_named_ome(path: Path) -> bool:
    """Tell whether a file's name asks for OME-TIFF."""
    return ".ome." in path.name.lower()


def _ome(images: ImageFile, description: str, p: int) -> dict[str, Any]:
    return ome_xml(
        name=f"restored, {images.positions[p]}",
        description=description,
        channels=images.channels,
        pixel_size_um=images.pixel_size_um,
        z_step_um=images.z_step_um,
        interval_s=images.interval_s,
    )


def _imagej(images: ImageFile, description: str, p: int) -> dict[str, Any]:
    del p  # ImageJ knows no stage positions
    found: Mapping[str, Any] = images.metadata["imagej"]
    metadata = {key: value for key, value in found.items() if key not in _OURS}
    metadata |= {"axes": AXES, "Info": "\n".join(filter(None, [description, found.get("Info")]))}
    if images.pixel_size_um is not None:
        metadata["unit"] = "um"
        if images.z_step_um is not None:
            metadata["spacing"] = images.z_step_um
    return metadata


def _resolution(images: ImageFile, *, imagej: bool) -> dict[str, Any]:
    if images.pixel_size_um is None:
        return {}
    if imagej:  # in pixels per unit of the description
        return {"resolution": (1 / images.pixel_size_um,) * 2}
    return {"resolution": (1e4 / images.pixel_size_um,) * 2, "resolutionunit": "CENTIMETER"}
