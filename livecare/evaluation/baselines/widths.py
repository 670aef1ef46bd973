"""Gaussian and median filters, in all widths that may be the best."""

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.baselines.protocol import Fitted, Subject
from livecare.evaluation.metrics.smoothing import gaussian
from livecare.frame import Pixels

SIGMAS_PX: Final = (0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.4, 2.9, 3.5, 4.5)
"""Steps of a sixth around the usual best: between two of them the PSNR changes by 0.05 dB."""
MEDIAN_PX: Final = (3, 5, 7)
"""Sides of the median's square. The median of few photons is an integer, which is why wider ones
never win."""


class BestGaussian:
    """A Gaussian filter. See `livecare.evaluation.baselines.protocol.Baseline`."""

    def candidates(self, subject: Subject) -> list[Fitted]:
        """Return one per width."""
        del subject
        return [
            Fitted(f"σ {sigma:g} px", partial(smooth_gaussian, sigma_px=sigma))
            for sigma in SIGMAS_PX
        ]


class BestMedian:
    """A median filter. See `livecare.evaluation.baselines.protocol.Baseline`."""

    def candidates(self, subject: Subject) -> list[Fitted]:
        """Return one per width."""
        del subject
        return [
            Fitted(f"{side} × {side} px", partial(smooth_median, side_px=side))
            for side in MEDIAN_PX
        ]


def smooth_gaussian(frame: Pixels, sigma_px: float) -> NDArray[np.float32]:
    """Smooth a frame, mirrored at its edges."""
    return np.asarray(gaussian(frame.astype(np.float32), sigma_px), np.float32)


def smooth_median(frame: Pixels, side_px: int) -> NDArray[np.float32]:
    """Return the median of the square around each pixel; the frame is mirrored at its edges."""
    padded = np.pad(frame, side_px // 2, mode="symmetric")
    around = np.lib.stride_tricks.sliding_window_view(padded, (side_px, side_px))
    columns = around.reshape(*frame.shape, side_px**2)
    return np.partition(columns, side_px**2 // 2)[..., side_px**2 // 2].astype(np.float32)
