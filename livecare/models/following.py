"""An intensity window that follows the frames slowly, so that nothing in them makes it jump."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.normalisation import Kind
from livecare.models.window import HIGH_PERCENTILE, LOW_PERCENTILE, IntensityWindow

SHARE: Final = 1 / 16
"""Part of its way to a frame's own window that the window goes with each frame."""
MOST_PER_FRAME: Final = 0.02
"""Part of its width that the window's low end moves with one frame at most, and that the width
changes by: a step of brightness that the eye does not take for a flash."""
NOISE_WIDTHS: Final = 10.0
"""Standard deviations of the noise that the window spans at least. An empty field's percentiles
lie 5 apart: its noise fills half of the picture's range at most, however long it lasts."""
FLOAT_BINS: Final = 1 << 16
"""Bins of the histogram of frames of a floating type; one is 0.0015 % of their range."""
NOISE_SAMPLES: Final = 1 << 16
"""Pixels that the noise is measured from, about: known to half a percent."""


class Ema:
    """A window that follows percentiles of the frames' histograms, slowly.

    For browsing, where a recording goes on to other fields and exposures. An object that enters
    and an empty field move the window by `MOST_PER_FRAME` per frame at most. Its whole memory is
    the present window: one made with that goes on just the same.

    Parameters
    ----------
    window : IntensityWindow
        To begin with.
    low_percentile, high_percentile : float
        Percentiles that become 0 and 1, in 0 ... 100.
    """

    def __init__(
        self,
        window: IntensityWindow,
        low_percentile: float = LOW_PERCENTILE,
        high_percentile: float = HIGH_PERCENTILE,
    ) -> None:
        self._present = window
        self._percentiles = (low_percentile, high_percentile)

    @property
    def kind(self) -> Kind:
        """Return "ema"."""
        return "ema"

    @property
    def present(self) -> IntensityWindow:
        """Return the latest frame's window."""
        return self._present

    def of(self, frame: Pixels) -> IntensityWindow:
        """Go a little of the way to the frame's own window; pixels must be finite to count."""
        histogram = _Histogram.of(frame)
        if histogram is not None:
            low, high = (histogram.percentile(each) for each in self._percentiles)
            least = max(NOISE_WIDTHS * _noise(frame), 1e-6 * (abs(low) + abs(high)), 1e-30)
            self._present = _step(self._present, low, max(high, low + least))
        return self._present


def _step(present: IntensityWindow, low: float, high: float) -> IntensityWindow:
    """Return the window a step nearer to these ends."""
    width = present.high - present.low
    most = MOST_PER_FRAME * width
    new_width = width + min(max(SHARE * (high - low - width), -most), most)
    new_low = present.low + min(max(SHARE * (low - present.low), -most), most)
    return IntensityWindow(new_low, new_low + new_width)


class _Histogram:
    """How many pixels of a frame have each value: exact for integers, binned for floats."""

    def __init__(self, counts: NDArray[np.intp], first: float, step: float) -> None:
        self._cumulated = np.cumsum(counts)
        self._first = first
        self._step = step

    @classmethod
    def of(cls, frame: Pixels) -> "_Histogram | None":
        """Count a frame's pixels; None if none of them is finite."""
        values = frame.ravel()
        if np.issubdtype(values.dtype, np.integer):
            return cls(np.bincount(values), 0.0, 1.0)
        values = values[np.isfinite(values)].astype(np.float64)
        if values.size == 0:
            return None
        first, last = float(values.min()), float(values.max())
        step = (last - first) / (FLOAT_BINS - 1)
        if step == 0:
            return cls(np.array([values.size]), first, 1.0)
        places = np.rint((values - first) / step).astype(np.intp)
        return cls(np.bincount(places, minlength=FLOAT_BINS), first, step)

    def percentile(self, percent: float) -> float:
        """Return the value that so many percent of the pixels do not exceed."""
        rank = percent / 100 * (int(self._cumulated[-1]) - 1)
        return self._first + self._step * int(np.searchsorted(self._cumulated, rank, side="right"))


def _noise(frame: Pixels) -> float:
    """Return about the standard deviation of the noise, camera counts, from neighbours in rows."""
    rows = frame.reshape(-1, frame.shape[-1])
    step = max(1, frame.size // NOISE_SAMPLES)
    sample = rows[::step].astype(np.float64)
    if sample.shape[1] == 1:
        return 0.0
    with np.errstate(invalid="ignore"):
        steps = np.abs(np.diff(sample, axis=1))
    steps = steps[np.isfinite(steps)]
    return float(steps.mean() * np.sqrt(np.pi) / 2) if steps.size else 0.0
