"""Padding: how a frame of any size becomes a multiple of the network's stride.

Rows and columns are added at the bottom and on the right only, mirrored from the frame, so that
cropping is a slice and the first pixel stays the first.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Padding:
    """The padding of frames of one shape.

    Attributes
    ----------
    shape_yx : tuple of int
        Rows and columns of a frame, each at least 1.
    padded_yx : tuple of int
        Rows and columns after padding.
    row_sources, column_sources : array of int
        Which row or column of the frame each added one repeats.
    """

    shape_yx: tuple[int, int]
    padded_yx: tuple[int, int]
    row_sources: NDArray[np.intp]
    column_sources: NDArray[np.intp]

    @classmethod
    def to_multiple(cls, shape_yx: tuple[int, int], multiple_of: int) -> Self:
        """Plan the padding to the next multiple; both in pixels."""
        rows, columns = shape_yx
        padded_rows = -(-rows // multiple_of) * multiple_of
        padded_columns = -(-columns // multiple_of) * multiple_of
        return cls(
            shape_yx=shape_yx,
            padded_yx=(padded_rows, padded_columns),
            row_sources=_mirrored(rows, padded_rows),
            column_sources=_mirrored(columns, padded_columns),
        )

    def fill(self, padded: NDArray[np.float32]) -> None:
        """Fill the added rows and columns of an array of `padded_yx` that holds the frame."""
        rows, columns = self.shape_yx
        padded[rows:, :columns] = padded[self.row_sources, :columns]
        padded[:, columns:] = padded[:, self.column_sources]


def _mirrored(length: int, padded_length: int) -> NDArray[np.intp]:
    """Return what each added place repeats: mirrored at the last one, which is not repeated.

    Shorter than its padding, the frame is mirrored to and fro; a single pixel is repeated.
    """
    return np.pad(np.arange(length), (0, padded_length - length), mode="reflect")[length:]
