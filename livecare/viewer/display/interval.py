"""Knows how far from a restored value a single raw pixel may be expected."""

import math
from typing import Final

from livecare.frame import Restoration
from livecare.viewer.display.camera_noise import camera_noise_of, raw_variance

DEVIATIONS: Final = 1.6449
"""Standard deviations that hold 90 % of a normal distribution, as livecare's predicted spread."""


def raw_spread(restored: float, restoration: Restoration | None) -> float | None:
    """Return how far from the restored value 90 % of raw pixels are expected, ± counts.

    It is the camera's noise at that brightness, not the error of the restored value. At less than
    about 5 electrons the real interval is wider above than below.

    Parameters
    ----------
    restored : float
        The restored value, counts.
    restoration : Restoration or None
        How it was made.

    Returns
    -------
    float or None
        None where the frame was restored without the camera's values, or those are of means of
        2 × 2 pixels, or the value is no finite number.
    """
    noise = camera_noise_of(restoration)
    if noise is None or noise.binning > 1 or not math.isfinite(restored):
        return None
    return DEVIATIONS * math.sqrt(raw_variance(noise, restored))
