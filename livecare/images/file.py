"""A recording in a file of any format: its axes, and one frame at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from livecare.errors import UsageError
from livecare.frame import Pixels, PixelType, Position
from livecare.images.axes import GridOrder
from livecare.images.layout import Frames
from livecare.images.pixel_types import as_pixels, pixel_type


class ImageFile:
    """A recording, open for reading; close it or use it in a `with` statement.

    Parameters
    ----------
    path : Path
        The file or folder.
    frames : Frames
        How its format is read.

    Attributes
    ----------
    path : Path
        The file or folder.
    dtype : PixelType
        Type that frames are read as, without loss.

    Raises
    ------
    UsageError
        Its pixel type cannot be read without loss.
    """

    def __init__(self, path: Path, frames: Frames) -> None:
        self.path = path
        self._frames = frames
        self._layout = frames.layout
        try:
            self.dtype: PixelType = pixel_type(path, self._layout.stored)
        except UsageError:
            frames.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The recording's name for people: that of its file or folder."""
        return self.path.resolve().name

    @property
    def shape(self) -> tuple[int, int, int, int, int]:
        """Sizes of the axes t, c, z, y, x."""
        return self._layout.shape

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns of a frame, pixels."""
        return self._layout.shape[3], self._layout.shape[4]

    @property
    def positions(self) -> tuple[str, ...]:
        """Names of the stage positions; their number is the size of the p axis."""
        return self._layout.positions

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels."""
        return self._layout.channels

    @property
    def pixel_size_um(self) -> float | None:
        """Spacing of the pixels, µm; None where unknown."""
        return self._layout.pixel_size_um

    @property
    def z_step_um(self) -> float | None:
        """Spacing of the focal planes, µm; None where unknown."""
        return self._layout.z_step_um

    @property
    def interval_s(self) -> float | None:
        """Time between time points, s; None where unknown."""
        return self._layout.interval_s

    @property
    def order(self) -> Sequence[Position]:
        """Positions in the order their frames were taken; by t, p, c, z where that is unknown.

        Where it is unknown, frames may be missing that it names.
        """
        if self._layout.order:
            return self._layout.order
        size_t, size_c, size_z = self.shape[:3]
        return GridOrder(size_t, size_c, size_z, len(self.positions))

    @property
    def times_ns(self) -> Sequence[int]:
        """When each frame of `order` was taken, ns after any instant; () where unknown."""
        return self._layout.times_ns

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What else the file says; "format" names its format."""
        return self._layout.metadata

    def in_time(self, c: int = 0, z: int = 0, p: int = 0) -> list[Position]:
        """Return where the frames of one field are, one after the other in time.

        Planes count as time points where there are no others: many programs save movies so. Frames
        may be missing there, as in `order`.
        """
        times, _, planes = self.shape[:3]
        if times > 1:
            return [Position(t, c, z, p) for t in range(times)]
        return [Position(0, c, plane, p) for plane in range(planes)]

    def find(self, t: int = 0, c: int = 0, z: int = 0, p: int = 0) -> Pixels | None:
        """Return a frame, shape (y, x), None where the recording has none; errors as `read`."""
        at = Position(t, c, z, p)
        if not self._layout.holds(at):
            raise UsageError(
                f"{self.path} has no frame {at}: its axes t, c, z have the sizes "
                f"{self.shape[:3]}, and it has {len(self.positions)} stage positions"
            )
        stored = self._frames.find(at)
        return None if stored is None else as_pixels(self.path, at, stored, self.dtype)

    def read(self, t: int = 0, c: int = 0, z: int = 0, p: int = 0) -> Pixels:
        """Return a frame's pixels.

        Returns
        -------
        array, shape (y, x), of type `dtype`

        Raises
        ------
        UsageError
            There is no such frame, it is damaged, or its values do not fit `dtype`; names the
            file and the frame.
        """
        pixels = self.find(t, c, z, p)
        if pixels is None:
            raise UsageError(
                f"{self.path} lacks the frame {Position(t, c, z, p)}, which its axes "
                "promise; record it again, or leave the frame out"
            )
        return pixels

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._frames.close()
