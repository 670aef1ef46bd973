"""Knows how often each value occurs in raw and restored pixels, counted on one axis."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels

SAMPLES: Final = 1 << 18
"""Pixels of a frame that are counted at most: 1000 per bar are known to 3 %, in a few ms."""
LEAST_SPAN_PART: Final = 1e-3
"""Least span of the axis of float pixels, as a part of their size."""
LEAST_SPAN: Final = 1e-6
"""Least span of the axis of float pixels near 0."""


class Histograms(NamedTuple):
    """Counts of two frames on one axis.

    Attributes
    ----------
    edges : array, shape (bars + 1,), float64
        Where the bars begin and end, in units of the pixels.
    raw, restored : array, shape (bars,), int64
        Pixels in each bar; the last one includes its end. All 0 for a frame that is not there.
    """

    edges: NDArray[np.float64]
    raw: NDArray[np.int64]
    restored: NDArray[np.int64]


def histograms(raw: Pixels | None, restored: Pixels | None, bins: int = 256) -> Histograms:
    """Count the values of a raw and a restored frame.

    Values that are no number or infinite are left out. Of large frames every so many-th row and
    column is counted. Bars of integer pixels hold whole numbers of values, so that no bar stands
    out only for holding one more.

    Parameters
    ----------
    raw, restored : array, shape (y, x), or None
        The frames; None for one that is not there.
    bins : int
        Greatest number of bars, at least 1.
    """
    parts = [_sample(each) for each in (raw, restored)]
    found = [part for part in parts if part.size]
    low = min((float(part.min()) for part in found), default=0.0)
    high = max((float(part.max()) for part in found), default=1.0)
    if all(part.dtype.kind == "u" for part in found):
        width = -(-int(high - low + 1) // bins)
        bars = -(-int(high - low + 1) // width)
        edges = low - 0.5 + width * np.arange(bars + 1, dtype=np.float64)
        return Histograms(edges, *(_count_whole(part, int(low), width, bars) for part in parts))
    if not high > low:
        high = low + max(abs(low) * LEAST_SPAN_PART, LEAST_SPAN)
    edges = np.linspace(low, high, bins + 1)
    return Histograms(edges, *(_count(part, low, high, bins) for part in parts))


def _sample(pixels: Pixels | None) -> Pixels:
    if pixels is None:
        return np.zeros(0, np.uint8)
    step = max(1, int(np.ceil(np.sqrt(pixels.size / SAMPLES))))
    seen = pixels[::step, ::step]
    return seen[np.isfinite(seen)] if seen.dtype.kind == "f" else seen.ravel()


def _count_whole(values: Pixels, low: int, width: int, bars: int) -> NDArray[np.int64]:
    """Count integers in bars of `width` values each."""
    each = np.bincount(values.astype(np.intp) - low, minlength=width * bars)
    return np.asarray(each.reshape(bars, width).sum(axis=1), np.int64)


def _count(values: Pixels, low: float, high: float, bars: int) -> NDArray[np.int64]:
    places = (values.astype(np.float64) - low) * (bars / (high - low))
    return np.bincount(np.minimum(places.astype(np.intp), bars - 1), minlength=bars)
