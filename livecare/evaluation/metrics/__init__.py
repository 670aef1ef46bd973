"""Metrics: how far an image is from the truth, and what a restoration did to noise and light.

Pure functions of arrays; `docs/evaluation.md` has the definitions with their sources.
"""

from livecare.evaluation.metrics.agreement import AffineFit, fit_affine, intensity_ratio
from livecare.evaluation.metrics.coverage import coverage, coverage_curve
from livecare.evaluation.metrics.fidelity import (
    mean_squared_error,
    nrmse,
    psnr_db,
    range_of,
)
from livecare.evaluation.metrics.flicker import Flicker, measure_flicker, trace_correlation
from livecare.evaluation.metrics.photons import photon_factor
from livecare.evaluation.metrics.repeats import RepeatedTruth, leave_one_out
from livecare.evaluation.metrics.residual import Residual, examine_residual
from livecare.evaluation.metrics.spectrum import radial_power
from livecare.evaluation.metrics.ssim import Similarity

__all__ = [
    "AffineFit",
    "Flicker",
    "RepeatedTruth",
    "Residual",
    "Similarity",
    "coverage",
    "coverage_curve",
    "examine_residual",
    "fit_affine",
    "intensity_ratio",
    "leave_one_out",
    "mean_squared_error",
    "measure_flicker",
    "nrmse",
    "photon_factor",
    "psnr_db",
    "radial_power",
    "range_of",
    "trace_correlation",
]
