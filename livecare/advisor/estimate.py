"""Knows what a predicted number is: a value with the interval that it lies in."""

from dataclasses import dataclass
from typing import Final

Z90: Final = 1.645
"""Half of a normal 90 % interval, standard deviations."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 90 % interval: 5 % lie below it, 5 % above.

    Attributes
    ----------
    value, low, high : float
        In the number's unit.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AreaScores:
    """How good restored frames of one exposure are in one area.

    Attributes
    ----------
    psnr_db, nrmse, ssim : Estimate
        PSNR relative to the range of the whole picture; root mean squared error over the root
        mean square of the specimen's light, offset taken away; mean structural similarity.
    raw_psnr_db : float
        PSNR of a raw frame of that exposure, from the camera's values, dB.
    """

    psnr_db: Estimate
    nrmse: Estimate
    ssim: Estimate
    raw_psnr_db: float


@dataclass(frozen=True, slots=True)
class ExposureScores:
    """What is said of one exposure.

    Attributes
    ----------
    exposure_ms : float
        It.
    areas : dict
        Scores by the area's name.
    """

    exposure_ms: float
    areas: dict[str, AreaScores]
