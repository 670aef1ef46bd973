"""Padding: how a frame or stack of any size becomes a multiple of the network's stride.

Places are added at the far end of each axis only, mirrored from the frame, so that cropping is a
slice and the first pixel stays the first.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Padding:
    """The padding of frames or stacks of one shape.

    Attributes
    ----------
    shape : tuple of int
        Length along each axis, (y, x) or (z, y, x), each at least 1.
    padded : tuple of int
        The same after padding.
    sources : tuple of array of int
        For each axis, which place of the frame each added one repeats.
    """

    shape: tuple[int, ...]
    padded: tuple[int, ...]
    sources: tuple[NDArray[np.intp], ...]

    @classmethod
    def to_multiple(cls, shape: tuple[int, ...], multiple_of: tuple[int, ...]) -> Self:
        """Plan the padding to the next multiple along each axis, pixels."""
        padded = tuple(
            -(-length // multiple) * multiple
            for length, multiple in zip(shape, multiple_of, strict=True)
        )
        sources = tuple(_mirrored(*lengths) for lengths in zip(shape, padded, strict=True))
        return cls(shape, padded, sources)

    @property
    def frame(self) -> tuple[slice, ...]:
        """Where the frame stands in the padded array."""
        return tuple(slice(0, length) for length in self.shape)

    def fill(self, padded: NDArray[np.float32]) -> None:
        """Fill the added places of an array of shape `padded` that holds the frame.

        Axis by axis: what is filled along one is repeated along the next, up to the corners.
        """
        filled = list(self.frame)
        for axis, (length, source) in enumerate(zip(self.shape, self.sources, strict=True)):
            added, repeated = filled.copy(), filled.copy()
            added[axis] = slice(length, None)
            padded[tuple(added)] = padded[tuple(repeated)].take(source, axis)
            filled[axis] = slice(None)


def _mirrored(length: int, padded_length: int) -> NDArray[np.intp]:
    """Return what each added place repeats: mirrored at the last one, which is not repeated.

    Shorter than its padding, the frame is mirrored to and fro; a single pixel is repeated.
    """
    return np.pad(np.arange(length), (0, padded_length - length), mode="reflect")[length:]
