"""Tiles: which windows of a large frame a network sees, and which part of each result is kept.

Pure geometry. Windows start at multiples of the network's stride and overlap by its halo, so that
every kept pixel has seen all that it would have seen in the whole frame: tiled equals untiled.
"""

from dataclasses import dataclass
from itertools import pairwise, product

from livecare.errors import ModelError

Area = tuple[slice, slice]
"""Rows and columns."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One window of a frame.

    Attributes
    ----------
    window : Area
        What the network sees, in the frame's pixels.
    kept : Area
        What is kept of it, in the frame's pixels; the kept areas of all tiles make up the frame.
    inner : Area
        The kept area in the window's own pixels.
    """

    window: Area
    kept: Area
    inner: Area


def tile_frame(
    shape_yx: tuple[int, int], window_yx: tuple[int, int], halo_px: int, multiple_of: int
) -> list[Tile]:
    """Cover a frame with windows of one size.

    Parameters
    ----------
    shape_yx : tuple of int
        Rows and columns of the frame, multiples of `multiple_of`.
    window_yx : tuple of int
        Rows and columns of a window, multiples of `multiple_of`, at most those of the frame.
    halo_px : int
        How far one pixel reaches in the output, pixels.
    multiple_of : int
        Stride of the network, pixels.

    Raises
    ------
    ModelError
        If a window smaller than the frame does not hold two halos and some pixels between them.
    """
    rows, columns = (
        _spans(length, window, halo_px, multiple_of)
        for length, window in zip(shape_yx, window_yx, strict=True)
    )
    return [
        Tile(
            window=(row.window, column.window),
            kept=(row.kept, column.kept),
            inner=(row.inner, column.inner),
        )
        for row, column in product(rows, columns)
    ]


@dataclass(frozen=True, slots=True)
class _Span:
    """One tile along one axis; see `Tile`."""

    window: slice
    kept: slice
    inner: slice


def _spans(length: int, window: int, halo_px: int, multiple_of: int) -> list[_Span]:
    """Cover one axis: windows as few as possible, cuts as far from their edges as the halo."""
    starts = _starts(length, window, halo_px, multiple_of)
    cuts = [0, *((one + window + two) // 2 for one, two in pairwise(starts)), length]
    return [
        _Span(
            window=slice(start, start + window),
            kept=slice(first, stop),
            inner=slice(first - start, stop - start),
        )
        for start, (first, stop) in zip(starts, pairwise(cuts), strict=True)
    ]


def _starts(length: int, window: int, halo_px: int, multiple_of: int) -> list[int]:
    """Return where the windows start; the last one ends with the frame."""
    if window >= length:
        return [0]
    step = (window - 2 * halo_px) // multiple_of * multiple_of
    if step < multiple_of:
        raise ModelError(
            f"tiles of {window} pixels are too small for a model with a halo of {halo_px} pixels: "
            f"they need at least {2 * halo_px + multiple_of}; allow larger tiles"
        )
    return [*range(0, length - window, step), length - window]
