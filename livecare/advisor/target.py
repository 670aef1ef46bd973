"""Knows what the operator wants to reach, and which exposure is the lowest that does."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from livecare.advisor.estimate import AreaScores
from livecare.advisor.predicting import Prediction
from livecare.errors import UsageError
from livecare.evaluation.metrics import psnr_db

Aim = Literal["psnr", "nrmse", "ssim", "as-good-as"]

EXAMPLES: Final = "psnr=32, nrmse=0.05, ssim=0.9 or as-good-as=100ms"
CONFIDENCE: Final = 0.95
"""Chance that the advised exposure meets the target: the lower end of 90 % intervals does."""
_TARGET: Final = re.compile(
    r"(psnr|nrmse|ssim|as-good-as)=([0-9]*\.?[0-9]+)(ms|db)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Target:
    """What the restored image must reach.

    Attributes
    ----------
    aim : {"psnr", "nrmse", "ssim", "as-good-as"}
        In which sense; "as-good-as": no further from the truth than a raw frame of an exposure.
    value : float
        dB, a ratio, a similarity, or ms.
    """

    aim: Aim
    value: float

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read one of `EXAMPLES`. Raises UsageError."""
        found = _TARGET.fullmatch(text.strip())
        if found is None:
            raise UsageError(f"--target {text}: give one of {EXAMPLES}")
        aim, number, unit = found[1].lower(), float(found[2]), (found[3] or "").lower()
        fits = {"psnr": ("", "db"), "as-good-as": ("ms",)}.get(aim, ("",))
        if unit not in fits or number <= 0 or (aim in ("nrmse", "ssim") and number >= 1):
            raise UsageError(f"--target {text}: unit or range is wrong; give one of {EXAMPLES}")
        return cls(aim, number)  # type: ignore[arg-type]

    def __str__(self) -> str:
        unit = {"psnr": " dB", "as-good-as": " ms"}.get(self.aim, "")
        if self.aim == "as-good-as":
            return f"as good as a raw frame of {self.value:g} ms"
        return f"{self.aim.upper()} {'≤' if self.aim == 'nrmse' else '≥'} {self.value:g}{unit}"


@dataclass(frozen=True, slots=True)
class Advice:
    """The lowest exposure that meets a target.

    Attributes
    ----------
    target : Target
        It.
    area : str
        Where it is to be met.
    exposure_ms : float or None
        None where no exposure up to the longest one meets it surely.
    likely_ms : float or None
        The exposure that meets it as likely as not; None where none does.
    longest_ms : float
        The longest exposure that was asked about.
    """

    target: Target
    area: str
    exposure_ms: float | None
    likely_ms: float | None
    longest_ms: float

    @property
    def sentence(self) -> str:
        """The advice for people."""
        aim = f"{self.target} ({self.area})"
        if self.exposure_ms is None:
            hint = "" if self.likely_ms is None else f"; {self.likely_ms:.3g} ms may just do"
            return (
                f"{aim}: no exposure up to {self.longest_ms:g} ms surely meets it{hint}. Record a "
                "longer one, or ask for less"
            )
        saved = self.longest_ms / self.exposure_ms
        likely = min(self.likely_ms or self.exposure_ms, self.exposure_ms)
        return (
            f"{aim}: {self.exposure_ms:.3g} ms, {saved:.3g} times less light than "
            f"{self.longest_ms:g} ms. Met with {100 * CONFIDENCE:.0f} % confidence; as likely as "
            f"not from {likely:.3g} ms"
        )


def advise(prediction: Prediction, target: Target, area: str) -> Advice:
    """Return the lowest exposure that meets a target.

    Parameters
    ----------
    prediction : Prediction
        The scores of every exposure.
    target : Target
        What to meet.
    area : str
        Where; one of `prediction.areas`.
    """
    needed = _raw_psnr(prediction, target, area)
    margins = [_margin(row.areas[area], target, needed) for row in prediction.rows]
    exposures = [row.exposure_ms for row in prediction.rows]
    return Advice(
        target=target,
        area=area,
        exposure_ms=_crossing(exposures, [low for _, low in margins]),
        likely_ms=_crossing(exposures, [value for value, _ in margins]),
        longest_ms=prediction.reference.exposure_ms,
    )


def _raw_psnr(prediction: Prediction, target: Target, area: str) -> float:
    """Return the PSNR of a raw frame of the exposure that is to be equalled; 0 for other aims."""
    if target.aim != "as-good-as":
        return 0.0
    reference = prediction.reference
    part = target.value / reference.exposure_ms
    light_e = max(float(reference.picture[prediction.areas[area]].mean()), 0.0)
    error = light_e / part + (reference.camera.read_noise_e / part) ** 2
    return psnr_db(error, reference.data_range)


def _margin(scores: AreaScores, target: Target, needed_db: float) -> tuple[float, float]:
    """Return by how much a target is met, likely and surely: dB, or similarity."""
    if target.aim == "ssim":
        return scores.ssim.value - target.value, scores.ssim.low - target.value
    psnr = scores.psnr_db
    if target.aim == "psnr":
        needed_db = target.value
    elif target.aim == "nrmse":
        needed_db = psnr.value + 20 * math.log10(scores.nrmse.value / target.value)
    return psnr.value - needed_db, psnr.low - needed_db


def _crossing(exposures_ms: Sequence[float], margins: Sequence[float]) -> float | None:
    """Return the exposure from which a margin is not negative, straight in its logarithm."""
    met = next((place for place, margin in enumerate(margins) if margin >= 0), None)
    if met is None:
        return None
    if met == 0:
        return exposures_ms[0]
    below, above = margins[met - 1], margins[met]
    share = -below / (above - below)
    ends = np.log(exposures_ms[met - 1 : met + 1])
    return float(np.exp(ends[0] + share * (ends[1] - ends[0])))
