"""Training pairs for the default models: photons, how a camera garbles them, and the truth.

Both sides of a pair are in noise units, as `livecare.models.anscombe` makes them from what one
believes of the camera. Beliefs are wrong at random: values estimated from a few frames are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from livecare.models.anscombe import expected_transform, transform_electrons
from livecare.simulation.textures import log_uniform

PEAK_PHOTONS: Final = (1.2, 400.0)
"""Photons at the 99.9th percentile: from hardly visible to an everyday exposure."""
BACKGROUND_PHOTONS: Final = (0.02, 60.0)
"""Light everywhere, photons per pixel."""
READ_NOISE_E: Final = (0.2, 12.0)
"""Electrons: from a quantitative CMOS to an old CCD; `COUNTER_SHARE` of the pairs have none."""
FAINTEST: Final = 3.0
"""Background and read noise are kept so low that the peak is about so many noise deviations."""
COUNTER_SHARE: Final = 0.35
READ_NOISE_STEPS: Final = 32
"""Read noise takes so many values, so that the tables of the transform can be kept."""
MISJUDGED_GAIN: Final = 0.1
"""Standard deviation of the logarithm of the believed over the true gain."""
CORRELATED_SHARE: Final = 0.15
"""Part of the pairs whose noise is slightly correlated, as scanners drag it. More, and stronger,
would make the network take fine texture for noise (it cost a decibel on dense fibres)."""
STRIPED_SHARE: Final = 0.04
"""Part of the pairs with an offset per row or column, as scanners and some CMOS chips have."""
HOT_SHARE: Final = 0.2
HOT_FRACTION: Final = (1e-4, 3e-3)
HOT_PHOTONS: Final = (3.0, 60.0)
"""Part of the pairs with hot pixels, the part of their pixels, and how much those glow."""
CLIPPED_SHARE: Final = 0.15
"""Part of the pairs from a camera without an offset, whose read noise is cut off at zero."""
COARSE_SHARE: Final = 0.3
"""Part of the pairs whose digitiser is coarser than an electron."""

Values = NDArray[np.float32]
Stack = TypeVar("Stack", NDArray[np.float32], NDArray[np.uint8])


@dataclass(frozen=True, slots=True)
class Pair:
    """A noisy frame and its truth, each of shape (y, x), float32, noise units."""

    noisy: Values
    truth: Values


def expose_field(light: Values, rng: np.random.Generator) -> Pair:
    """Take a frame of a light field whose 99.9th percentile is about 1, by a random camera."""
    peak = log_uniform(PEAK_PHOTONS, rng)
    background = min(log_uniform(BACKGROUND_PHOTONS, rng), (0.3 + peak / FAINTEST) ** 2)
    photons = light * np.float32(peak) + np.float32(background)
    smear = _draw_smear(rng) if rng.random() < CORRELATED_SHARE else None
    return garble(
        photons,
        lambda each: rng.poisson(each).astype(np.float32),
        _draw_read_noise(0.3 + peak / FAINTEST, rng),
        smear,
        rng,
    )


def garble(
    photons: Values,
    count: Callable[[Values], Values],
    read_noise: float,
    smear: Values | None,
    rng: np.random.Generator,
) -> Pair:
    """Let a camera count the photons and add what cameras add.

    Parameters
    ----------
    photons : array, shape (y, x)
        Expected photons.
    count : callable
        Draws electrons from expected photons.
    read_noise : float
        Electrons.
    smear : array, shape (k, k), or None
        Kernel of unit sum that the electrons are blurred with.
    rng : numpy.random.Generator
        Source of everything else.
    """
    believed_gain = float(np.exp(rng.normal(0.0, MISJUDGED_GAIN)))
    if smear is None:
        electrons = _read(count(photons), read_noise, rng)
    else:
        # What is left of the variance decides how many photons the pixels seem to have.
        left = float(np.sum(np.square(smear)))
        electrons = _filter(_read(count(photons * left), read_noise * left**0.5, rng), smear)
        electrons /= np.float32(left)
        # A single smeared frame looks less noisy than it is: neighbours hardly differ.
        believed_gain *= float(rng.uniform(left**0.5, 1.0)) if rng.random() < 1 / 2 else 1.0
    electrons = _add_faults(electrons, photons, rng)
    believed_noise = snapped_read_noise(read_noise / believed_gain**0.5)
    noisy = transform_electrons(electrons / np.float32(believed_gain), believed_noise)
    truth = expected_transform(photons / np.float32(believed_gain), believed_noise)
    return Pair(noisy, truth)


def snapped_read_noise(read_noise_e: float) -> float:
    """Return the nearest of `READ_NOISE_STEPS` values, 0 being one of them."""
    low, high = 0.1, 16.0
    if read_noise_e < low:
        return 0.0
    steps = np.geomspace(low, high, READ_NOISE_STEPS)
    return float(steps[np.argmin(np.abs(np.log(steps / read_noise_e)))])


def _draw_read_noise(most: float, rng: np.random.Generator) -> float:
    """Draw the electrons of read noise: none, as of a photon counter, or up to so many."""
    if rng.random() < COUNTER_SHARE:
        return 0.0
    return min(log_uniform(READ_NOISE_E, rng), most)


def _read(electrons: Values, read_noise_e: float, rng: np.random.Generator) -> Values:
    """Add read noise, a coarse digitiser and a missing offset."""
    if read_noise_e > 0:
        noise = rng.standard_normal(electrons.shape, dtype=np.float32)
        electrons = electrons + np.float32(read_noise_e) * noise
    if rng.random() < COARSE_SHARE:
        step = np.float32(log_uniform((0.2, 4.0), rng))
        electrons = np.rint(electrons / step) * step
    if rng.random() < CLIPPED_SHARE:
        electrons = np.maximum(electrons, np.float32(0))
    return np.asarray(electrons, np.float32)


def _add_faults(electrons: Values, photons: Values, rng: np.random.Generator) -> Values:
    """Add hot pixels and stripes."""
    if rng.random() < HOT_SHARE:
        hot = rng.random(electrons.shape) < log_uniform(HOT_FRACTION, rng)
        glow = rng.exponential(log_uniform(HOT_PHOTONS, rng), electrons.shape)
        electrons = electrons + (hot * glow).astype(np.float32)
    if rng.random() < STRIPED_SHARE:
        strength = rng.uniform(0.1, 0.8) * float(np.sqrt(photons.mean() + 1))
        stripes = np.float32(strength) * rng.standard_normal((electrons.shape[0], 1), np.float32)
        electrons = electrons + (stripes if rng.random() < 3 / 4 else stripes.T)
    return electrons


def _draw_smear(rng: np.random.Generator) -> Values:
    """Draw how a detector slower than its scanner drags each pixel into the next ones."""
    offsets = np.arange(-3, 4, dtype=np.float32)
    drag = np.float32(rng.uniform(0.02, 0.2))
    line = np.where(offsets >= 0, drag ** np.maximum(offsets, 0), 0)
    across = np.asarray(offsets == 0, np.float32)
    if rng.random() < 1 / 2:
        across += np.float32(rng.uniform(0.0, 0.08)) * (np.abs(offsets) == 1)
    kernel = np.outer(across, line)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _filter(electrons: Values, kernel: Values) -> Values:
    """Correlate with a small kernel; edges are mirrored."""
    reach = kernel.shape[0] // 2
    padded = np.pad(electrons, reach, mode="reflect")
    filtered = np.zeros_like(electrons)
    rows, columns = electrons.shape
    for (down, right), weight in np.ndenumerate(kernel):
        if weight > 1e-4:  # noqa: PLR2004 the rest is nothing
            filtered += weight * padded[down : down + rows, right : right + columns]
    return filtered


def expose_recording(frames: NDArray[np.uint8], rng: np.random.Generator) -> Pair:
    """Take some real photon counts as the frame and the mean of the other frames as the truth.

    A part of the photons is thrown away at random, which is what a shorter exposure does.

    Parameters
    ----------
    frames : array, shape (n, y, x)
        Repeated photon counts of one field, at least 10.
    rng : numpy.random.Generator
        Chooses.
    """
    together = int(rng.choice((1, 1, 2, 4)))
    chosen = rng.choice(len(frames), together, replace=False)
    kept = 1.0 if rng.random() < 1 / 4 else log_uniform((0.08, 1.0), rng)
    total = frames.sum(axis=0, dtype=np.float32)
    mine = frames[chosen].sum(axis=0, dtype=np.int64)
    photons = (total - mine) * np.float32(kept * together / (len(frames) - together))
    read_noise = _draw_read_noise(0.3 + float(photons.max()) / FAINTEST, rng)
    return garble(
        photons, lambda _: rng.binomial(mine, kept).astype(np.float32), read_noise, None, rng
    )


def cut(stack: Stack, side: int, rng: np.random.Generator) -> Stack:
    """Cut squares out of an array of shape (..., y, x) at a random place, turned and mirrored."""
    rows, columns = stack.shape[-2:]
    top, left = int(rng.integers(0, rows - side + 1)), int(rng.integers(0, columns - side + 1))
    patch = stack[..., top : top + side, left : left + side]
    patch = np.rot90(patch, int(rng.integers(4)), axes=(-2, -1))
    if rng.random() < 1 / 2:
        patch = np.swapaxes(patch, -2, -1)
    return np.ascontiguousarray(patch)


def batch(pairs: Sequence[Pair]) -> tuple[Values, Values]:
    """Return noisy frames and truths, each of shape (n, 1, y, x)."""
    noisy = np.stack([pair.noisy for pair in pairs])[:, np.newaxis]
    truth = np.stack([pair.truth for pair in pairs])[:, np.newaxis]
    return noisy, truth
