"""Light: the affine map between two images of a field, and how much light a restoration kept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.metrics.fidelity import Image


@dataclass(frozen=True, slots=True)
class AffineFit:
    """The map y = slope · x + intercept.

    Attributes
    ----------
    slope : float
        Units of y per unit of x.
    intercept : float
        Units of y.
    """

    slope: float
    intercept: float

    def apply(self, image: Image) -> NDArray[np.float32]:
        """Return slope · image + intercept, float32."""
        return np.asarray(self.slope * image.astype(np.float64) + self.intercept, np.float32)


def fit_affine(image: Image, onto: Image) -> AffineFit:
    """Return the map that takes `image` closest to `onto`, by least squares.

    A flat image, which no slope can fit, is mapped to the mean of `onto`.
    """
    given, wanted = image.astype(np.float64).ravel(), onto.astype(np.float64).ravel()
    centred = given - given.mean()
    power = float(centred @ centred)
    slope = float(centred @ wanted) / power if power > 0 else 0.0
    return AffineFit(slope, float(wanted.mean() - slope * given.mean()))


def intensity_ratio(image: Image, truth: Image, offset_adu: float) -> float:
    """Return the sum of the image over the sum of the truth, both above the camera's offset.

    1 is ideal. A truth without light gives NaN.
    """
    light = float(np.mean(truth, dtype=np.float64)) - offset_adu
    kept = float(np.mean(image, dtype=np.float64)) - offset_adu
    return kept / light if light > 0 else float("nan")
