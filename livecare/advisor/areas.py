"""Knows which pixels matter: the whole image, its bright structures, a drawn region."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError

WHOLE: Final = "whole image"
BRIGHT: Final = "bright structures"
REGION: Final = "region"
BRIGHT_PART: Final = 0.1
"""The brightest tenth of the pixels counts as bright structures: a definition without a threshold
that would have to be tuned to a specimen."""
LEAST_SIDE: Final = 16
"""Rows and columns that a region needs, pixels: fewer have no error worth a mean."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle that the operator drew.

    Attributes
    ----------
    row, column : int
        Its first pixel.
    rows, columns : int
        Its size, pixels.
    """

    row: int
    column: int
    rows: int
    columns: int

    @classmethod
    def parse(cls, text: str) -> "Region":
        """Read "y,x,h,w". Raises UsageError."""
        try:
            row, column, rows, columns = (int(number) for number in text.split(","))
        except ValueError as error:
            raise UsageError(
                f"--region {text}: give four whole numbers y,x,h,w, for example 100,80,64,64"
            ) from error
        return cls(row, column, rows, columns)


def make_areas(reference: NDArray[np.float32], region: Region | None) -> dict[str, Mask]:
    """Return the masks of the areas by name, each of shape (y, x).

    Parameters
    ----------
    reference : array, shape (y, x)
        The specimen without noise, as far as known.
    region : Region or None
        None for none.

    Raises
    ------
    UsageError
        If the region is too small or leaves the image.
    """
    limit = np.quantile(reference, 1 - BRIGHT_PART)
    areas = {WHOLE: np.ones(reference.shape, np.bool_), BRIGHT: reference >= limit}
    if region is None:
        return areas
    height, width = reference.shape
    if min(region.rows, region.columns) < LEAST_SIDE:
        raise UsageError(
            f"--region: {region.rows} × {region.columns} pixels are too few; give {LEAST_SIDE} × "
            f"{LEAST_SIDE} or more"
        )
    bottom, right = region.row + region.rows, region.column + region.columns
    if min(region.row, region.column) < 0 or bottom > height or right > width:
        raise UsageError(
            f"--region: rows {region.row} to {bottom} and columns {region.column} to {right} are "
            f"not all within the image of {height} × {width} pixels"
        )
    mask = np.zeros(reference.shape, np.bool_)
    mask[region.row : bottom, region.column : right] = True
    return {**areas, REGION: mask}
