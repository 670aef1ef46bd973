"""Tiles: which windows of a large frame or stack a network sees, and what is kept of each result.

Pure geometry. Windows start at multiples of the network's stride and overlap by its halo, so that
every kept pixel has seen all that it would have seen in the whole frame: tiled equals untiled.
"""

import math
from dataclasses import dataclass
from itertools import pairwise, product

from livecare.errors import ModelError

Area = tuple[slice, ...]
"""A slice per axis: rows and columns, of a stack planes before them."""


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
    shape: tuple[int, ...],
    window: tuple[int, ...],
    halo_px: tuple[int, ...],
    multiple_of: tuple[int, ...],
) -> list[Tile]:
    """Cover a frame or stack with windows of one size; all arguments have a number per axis.

    Parameters
    ----------
    shape : tuple of int
        Lengths of the frame, multiples of `multiple_of`.
    window : tuple of int
        Lengths of a window, multiples of `multiple_of`, at most those of the frame.
    halo_px : tuple of int
        How far one pixel reaches in the output, pixels.
    multiple_of : tuple of int
        Stride of the network, pixels.

    Raises
    ------
    ModelError
        If a window smaller than the frame does not hold two halos and some pixels between them.
    """
    axes = [_spans(*lengths) for lengths in zip(shape, window, halo_px, multiple_of, strict=True)]
    return [
        Tile(
            window=tuple(span.window for span in spans),
            kept=tuple(span.kept for span in spans),
            inner=tuple(span.inner for span in spans),
        )
        for spans in product(*axes)
    ]


def plan_window(
    shape: tuple[int, ...],
    budget: int,
    halo_px: tuple[int, ...],
    multiple_of: tuple[int, ...],
) -> tuple[int, ...]:
    """Return the windows' lengths: the whole frame where the budget allows it.

    Otherwise the axis whose windows are longest beside what they need is shortened until the rest
    fits, which keeps what is computed twice small.

    Parameters
    ----------
    shape, halo_px, multiple_of : tuple of int
        As for `tile_frame`.
    budget : int
        Pixels that a window may have.

    Raises
    ------
    ModelError
        If not even the smallest useful window fits.
    """
    least = [2 * halo + multiple for halo, multiple in zip(halo_px, multiple_of, strict=True)]
    least = [
        min(length, -(-need // multiple) * multiple)
        for length, need, multiple in zip(shape, least, multiple_of, strict=True)
    ]
    window = list(shape)
    while math.prod(window) > budget:
        spare = [length / need for length, need in zip(window, least, strict=True)]
        axis = spare.index(max(spare))
        if window[axis] <= least[axis]:
            raise ModelError(
                f"a model with a halo of {halo_px} pixels needs tiles of {math.prod(least)} "
                f"pixels, more than the {budget} that are allowed; allow larger tiles"
            )
        others = math.prod(window) // window[axis]
        fitting = max(budget // others, window[axis] // 2) // multiple_of[axis] * multiple_of[axis]
        window[axis] = max(min(fitting, window[axis] - multiple_of[axis]), least[axis])
    return tuple(window)


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
