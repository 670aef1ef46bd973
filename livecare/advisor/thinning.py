"""Knows how a long exposure becomes a shorter one of the same specimen, and what remains of it.

Photons are kept or dropped one by one: of Poisson counts both parts are Poisson and independent
(Neufeld, Dharamshi, Gao and Witten 2024, "Data thinning for convolution-closed distributions").
Read noise is normal: the same is reached by adding to one part what the other loses. A short
exposure has the whole read noise, not a part of it, so that what thinning left out is added anew.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.counts import ROUNDING

Electrons = NDArray[np.float32]
"""Photo-electrons, offset taken away; read noise makes some of them negative. Shape (y, x)."""

NEARLY_WHOLE: Final = 1e-3
"""Electrons that a whole number may lack by the rounding of 32-bit floats."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """A frame in two independent parts that add up to it.

    Attributes
    ----------
    kept : array, shape (y, x), float32
        `part` of the electrons, with `part` of the read noise's variance.
    rest : array, shape (y, x), float32
        The others.
    part : float
        Of the light that was kept, above 0 and below 1.
    """

    kept: Electrons
    rest: Electrons
    part: float


def thin(
    electrons: Electrons, part: float, read_noise_e: float, rng: np.random.Generator
) -> Thinned:
    """Split a frame.

    Parameters
    ----------
    electrons : array, shape (y, x)
        The frame.
    part : float
        Of the light to keep, above 0 and below 1.
    read_noise_e : float
        Of one readout, standard deviation, electrons.
    rng : numpy.random.Generator
        Source of chance.

    Raises
    ------
    ConfigError
        If the part is out of its range.
    """
    if not 0 < part < 1:
        raise ConfigError(f"thinning: {part:g} of the light cannot be kept; give 0 < part < 1")
    whole = np.floor(np.maximum(electrons, 0) + NEARLY_WHOLE).astype(np.int64)
    kept = rng.binomial(whole, part) + part * (electrons - whole)
    # what whole electrons do not bring: fractions, read noise, and less where it cuts below 0
    missing = np.maximum(read_noise_e**2 + electrons - whole, 0)
    deviation = np.sqrt(part * (1 - part) * missing).astype(np.float32)
    kept = np.asarray(
        kept + deviation * rng.standard_normal(electrons.shape, np.float32), np.float32
    )
    return Thinned(kept, np.asarray(electrons - kept, np.float32), part)


def short_exposure(
    thinned: Thinned, camera: CameraNoise, rng: np.random.Generator, *, rounded: bool = True
) -> Electrons:
    """Return what the camera reads in `thinned.part` of the exposure, its whole read noise added.

    Parameters
    ----------
    thinned : Thinned
        A frame of the long exposure.
    camera : CameraNoise
        Its read noise holds the noise of rounding to counts, as a measured one does.
    rng : numpy.random.Generator
        Source of chance; it must not be the rest's.
    rounded : bool
        Whether the result will be rounded to counts, which adds that noise again.
    """
    variance = (1 - thinned.part) * camera.read_noise_e**2
    if rounded:
        variance -= ROUNDING / camera.gain_adu_per_e**2
    if variance <= 0:
        return thinned.kept
    noise = np.float32(variance**0.5) * rng.standard_normal(thinned.kept.shape, np.float32)
    return np.asarray(thinned.kept + noise, np.float32)


def to_electrons(counts: Pixels, camera: CameraNoise) -> Electrons:
    """Return (counts − offset) / gain."""
    light = counts.astype(np.float32) - np.float32(camera.offset_adu)
    return np.asarray(light / np.float32(camera.gain_adu_per_e), np.float32)


def to_counts(electrons: Electrons, camera: CameraNoise, dtype: np.dtype[np.generic]) -> Pixels:
    """Return offset + gain · electrons as the camera would store them: rounded, within its type."""
    counts = electrons * np.float32(camera.gain_adu_per_e) + np.float32(camera.offset_adu)
    if not np.issubdtype(dtype, np.integer):
        return np.asarray(counts, np.float32)
    limits = np.iinfo(dtype)  # type: ignore[type-var]
    return np.asarray(np.clip(np.rint(counts), limits.min, limits.max), dtype)
