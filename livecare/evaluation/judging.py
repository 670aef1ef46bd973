"""Scores of one restored frame, and their mean over many."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.contestants import Restored
from livecare.evaluation.imageset import Truth
from livecare.evaluation.metrics import (
    Residual,
    Similarity,
    coverage,
    examine_residual,
    fit_affine,
    intensity_ratio,
    mean_squared_error,
    nrmse,
    photon_factor,
    psnr_db,
    range_of,
)
from livecare.evaluation.results import Scores
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise

GEOMETRIC: Final = ("photon_factor",)
"""Scores that are factors: their mean is the geometric one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One raw frame with all that its restorations are judged by.

    Attributes
    ----------
    raw : array, shape (y, x)
        Camera counts.
    camera : CameraNoise
        Its camera.
    truth : Truth or None
        What it is compared with.
    peak : float or None
        Range of PSNR and SSIM; None for that of the truth.
    affine : bool
        Whether restored images are fitted to the truth first.
    similarity : Similarity or None
        SSIM to the truth.
    """

    raw: Pixels
    camera: CameraNoise
    truth: Truth | None
    peak: float
    affine: bool
    similarity: Similarity | None

    @classmethod
    def of(
        cls,
        raw: Pixels,
        camera: CameraNoise,
        truth: Truth | None,
        *,
        peak: float | None,
        affine: bool,
    ) -> "Frame":
        """Prepare what depends on the truth alone."""
        if truth is None:
            return cls(raw, camera, None, 0.0, affine=affine, similarity=None)
        found = peak or range_of(truth.image)
        return cls(raw, camera, truth, found, affine, Similarity(truth.image, found))

    @property
    def truth_noise(self) -> NDArray[np.float64]:
        """Standard deviation of the truth's own noise, camera counts, shape (y, x).

        Its mean square is the truth's variance, or follows from the camera and the number of
        averaged frames; bright pixels have more of it, as photons do.
        """
        if self.truth is None:
            return np.zeros(self.raw.shape)
        gain = self.camera.gain_adu_per_e
        light = np.maximum(self.truth.image.astype(np.float64) - self.camera.offset_adu, 0.0)
        local = gain * light + (gain * self.camera.read_noise_e) ** 2
        if self.truth.frames:
            return np.sqrt(local / self.truth.frames)
        mean = max(float(local.mean()), float(np.finfo(np.float32).tiny))
        return np.sqrt(max(self.truth.variance, 0.0) * local / mean)

    def fitted(self, restored: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the restored image, fitted to the truth where the set asks for it."""
        if self.truth is None or not self.affine:
            return restored
        return fit_affine(restored, onto=self.truth.image).apply(restored)

    def fidelity(self, restored: NDArray[np.float32]) -> tuple[float, float]:
        """Return PSNR (dB, corrected) and SSIM: what candidates are chosen by."""
        if self.truth is None or self.similarity is None:
            return -math.inf, -math.inf
        image = self.fitted(restored)
        error = mean_squared_error(image, self.truth.image) - self.truth.variance
        return psnr_db(error, self.peak), self.similarity.of(image)

    def residual(self, restored: NDArray[np.float32]) -> Residual:
        """Return what the restoration took away."""
        return examine_residual(self.raw, restored, self.camera)

    def judge(self, restored: Restored, seconds: float) -> Scores:
        """Return all scores that one frame gives."""
        left = self.residual(restored.pixels)
        if self.truth is None or self.similarity is None:
            return Scores(
                residual_variance=left.variance,
                residual_correlation=left.largest,
                seconds_per_frame=seconds,
            )
        truth, image = self.truth.image, self.fitted(restored.pixels)
        plain = mean_squared_error(image, truth)
        error = plain - self.truth.variance
        in_counts = mean_squared_error(restored.pixels, truth) - self.truth.variance
        inside = (
            None
            if restored.spread is None
            else coverage(restored.pixels, restored.spread, truth, truth_noise=self.truth_noise)
        )
        return Scores(
            psnr_db=psnr_db(error, self.peak),
            psnr_uncorrected_db=psnr_db(plain, self.peak),
            ssim=self.similarity.of(image),
            nrmse=nrmse(error, truth),
            photon_factor=photon_factor(in_counts, truth, self.camera),
            intensity_ratio=intensity_ratio(restored.pixels, truth, self.camera.offset_adu),
            residual_variance=left.variance,
            residual_correlation=left.largest,
            coverage_90=inside,
            seconds_per_frame=seconds,
        )


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """Return the mean of each score over the frames that have it; factors multiply."""
    found: dict[str, float | None] = {}
    for name in Scores.names():
        values = [value for each in scores if (value := getattr(each, name)) is not None]
        if not values:
            found[name] = None
        elif name in GEOMETRIC:
            found[name] = math.exp(float(np.mean(np.log(values))))
        else:
            found[name] = float(np.mean(values))
    return Scores(**found)
