"""Knows a pair of frames as sums over small blocks: what is expected there, and what is in excess.

Every pixel counts, and each is read a few times only: what follows works on a sixteenth of them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.counts import ROUNDING
from livecare.models.mosaic import halved

BLOCK: Final = 4
"""Rows and columns of a block, pixels: about what the smallest structures measure."""
AREA: Final = BLOCK * BLOCK
"""Pixels of a block."""
LEAST_SIDE: Final = 64
"""Rows and columns that frames need, pixels: fewer hold too few blocks."""
BAND_PIXELS: Final = 1 << 17
"""Pixels of the bands that are summed at a time: they stay in the processor's cache."""
HOT_DEVIATIONS: Final = 6.0
HOT_ELECTRONS: Final = 3.0
"""A pixel is hot that has so many deviations and electrons more than was restored: by chance in
less than one of 10⁷ pixels, however dark."""
HOT_PER_LINE: Final = 16
"""One of so many pixels of a row or column may be hot: more are no accident, but a bright line."""
HOT_PER_FRAME: Final = 8
"""Likewise one of so many blocks of a frame: more is something else, and would take long."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Survey:
    """A raw frame and what was restored from it, in blocks of `BLOCK` squared.

    Attributes
    ----------
    noise : CameraNoise
        The camera.
    raw, restored : array, shape (y, x)
        The frames, counts; cut to whole blocks.
    photons : array, shape (blocks down, blocks across), float32
        Electrons that the restored frame says are in each block, at least 0.
    excess : array, same shape, float32
        Electrons that the raw frame has beyond them.
    peak : array, same shape, float32
        The largest pixel of that, electrons: all of it where a pixel is hot.
    rows, columns : array, shape (y,) and (x,), float32
        Electrons that the raw frame has beyond the restored one in each row and column, hot pixels
        left out.
    healthy : array, same shape, bool
        Blocks without a hot pixel.
    dark_variance : float
        Variance of a pixel beside that of its photons, electrons².
    rounded : bool
        Whether the restored frame is of whole counts.
    """

    noise: CameraNoise
    raw: Pixels
    restored: Pixels
    photons: Values
    excess: Values
    peak: Values
    rows: Values
    columns: Values
    healthy: NDArray[np.bool_]
    dark_variance: float
    rounded: bool

    @property
    def signal(self) -> float:
        """Mean of the restored frame above the offset, electrons per pixel."""
        return float(self.photons.mean()) / AREA

    @property
    def deviation(self) -> float:
        """Standard deviation of the noise of a mean pixel, electrons."""
        return float(np.sqrt(max(self.signal + self.dark_variance, 1e-6)))


def survey(raw: Pixels, restored: Pixels, noise: CameraNoise) -> Survey | None:
    """Look at a pair of frames.

    Parameters
    ----------
    raw, restored : array, shape (y, x)
        Counts.
    noise : CameraNoise
        The camera; where its binning is 2, means of 2 × 2 pixels are looked at.

    Returns
    -------
    Survey or None
        None where the frames differ in size, are too small, or hold values that are not finite.
    """
    if raw.shape != restored.shape or min(raw.shape) < LEAST_SIDE * noise.binning:
        return None
    rounded = restored.dtype.kind == "u"
    if noise.binning > 1:
        raw, restored = halved(raw), halved(restored)
    height, width = (length // BLOCK * BLOCK for length in raw.shape)
    raw, restored = raw[:height, :width], restored[:height, :width]
    bands = max(1, BAND_PIXELS // (width * BLOCK)) * BLOCK
    with np.errstate(over="ignore", invalid="ignore"):
        parts = [
            _sum_band(raw[top : top + bands], restored[top : top + bands])
            for top in range(0, height, bands)
        ]
        photons, excess, peak, rows = (
            np.concatenate([part[i] for part in parts]) for i in range(4)
        )
        columns = np.sum([part[4] for part in parts], axis=0)
        if not np.isfinite(excess.sum() + photons.sum()):
            return None
    per_count = np.float32(1 / noise.gain_adu_per_e)
    photons -= np.float32(AREA * noise.offset_adu)
    for counts in (photons, excess, peak, rows, columns):
        np.multiply(counts, per_count, out=counts)
    np.maximum(photons, 0, out=photons)
    share = ROUNDING / (noise.gain_adu_per_e**2) if rounded else 0.0
    dark = noise.read_noise_e**2 + share / noise.binning**2
    most = _most(photons, dark)
    healthy = peak < most
    hot = _HotPixels.find(raw, restored, healthy, most * noise.gain_adu_per_e)
    hot.leave_out(rows, columns, noise.gain_adu_per_e)
    return Survey(
        noise, raw, restored, photons, excess, peak, rows, columns, healthy, dark, rounded
    )


def _sum_band(raw: Pixels, restored: Pixels) -> tuple[Values, Values, Values, Values, Values]:
    """Sum some rows: blocks of the restored frame, of what raw has beyond, its peak, rows, columns.

    A band stays in the processor's cache, where whole frames would go through memory each time.
    """
    expected = restored.astype(np.float32)
    residual = np.subtract(raw, expected, dtype=np.float32, casting="same_kind")
    height, width = residual.shape
    down = residual.reshape(height // BLOCK, BLOCK, width)
    excess = down.sum(axis=1)
    peak = down.max(axis=1)
    peak = np.maximum(
        np.maximum(peak[:, 0::4], peak[:, 1::4]), np.maximum(peak[:, 2::4], peak[:, 3::4])
    )
    photons = expected.reshape(height // BLOCK, BLOCK, width).sum(axis=1)
    rows = residual @ np.ones(width, np.float32)
    return _across(photons), _across(excess), peak, rows, excess.sum(axis=0)


def _across(sums: Values) -> Values:
    """Sum each `BLOCK` neighbours along a row."""
    height, width = sums.shape
    added = sums.reshape(-1, BLOCK) @ np.ones(BLOCK, np.float32)
    return np.asarray(added.reshape(height, width // BLOCK), np.float32)


def _most(photons: Values, dark_variance: float) -> Values:
    """Return what a pixel of each block that is not hot has in excess at most, electrons."""
    deviation = np.sqrt(photons * np.float32(1 / AREA) + np.float32(dark_variance))
    return np.asarray(np.float32(HOT_DEVIATIONS) * deviation + np.float32(HOT_ELECTRONS))


@dataclass(frozen=True, slots=True)
class _HotPixels:
    """Which pixels are hot, and how many counts each has beyond the restored frame."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    excess: Values

    @classmethod
    def find(
        cls, raw: Pixels, restored: Pixels, healthy: NDArray[np.bool_], most: Values
    ) -> "_HotPixels":
        """Look into the blocks that are not healthy; `most` is in counts."""
        if np.count_nonzero(healthy) < healthy.size * (1 - 1 / HOT_PER_FRAME):
            healthy = np.ones_like(healthy)
        blocks = np.nonzero(~healthy)
        inside = np.arange(BLOCK)
        rows = (blocks[0] * BLOCK)[:, None, None] + inside[:, None]
        columns = (blocks[1] * BLOCK)[:, None, None] + inside
        excess = np.subtract(raw[rows, columns], restored[rows, columns], dtype=np.float32)
        hot = excess >= most[blocks][:, None, None]
        rows, columns = (np.broadcast_to(places, hot.shape)[hot] for places in (rows, columns))
        return cls(rows, columns, excess[hot])

    def leave_out(self, rows: Values, columns: Values, gain: float) -> None:
        """Take them from the sums of rows and columns, electrons, save from lines full of them."""
        for sums, places, pixels in (
            (rows, self.rows, len(columns)),
            (columns, self.columns, len(rows)),
        ):
            few = np.bincount(places, minlength=len(sums)) * HOT_PER_LINE <= pixels
            hot = np.bincount(places, self.excess, minlength=len(sums)) / gain
            np.subtract(sums, hot, out=sums, where=few, casting="same_kind")
