"""Knows what light fields look like that are no specimen in particular: generic structure.

A network that has seen only drawn cells smooths away what the drawing lacks. These fields hold
edges of every size, parallel fibres and texture without a scale, as natural images do. Dead leaves
train denoisers nearly as well as photographs: Achddou et al. (2021),
doi:10.1007/978-3-030-75549-2_27.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from livecare.simulation.canvas import Field, gaussian_transfer, smooth_noise

LEAVES: Final = (150, 600)
"""Leaves per field: enough to cover it, so that hardly any ground is left."""
LEAF_RADIUS_PX: Final = (2.0, 90.0)
LEAF_SIZE_POWER: Final = 3.0
"""Radii are drawn from r**-3 between these: as many small things as large areas, at every zoom."""


BUNDLE_LENGTH_PX: Final = (8.0, 60.0)
BUNDLE_WIDTH_PX: Final = (0.4, 2.0)
"""Of the fibres of a bundle, standard deviations."""
MAT_WIDTH_PX: Final = (0.3, 0.9)
MAT_LENGTH_PX: Final = (4.0, 30.0)
"""Of the strands of a mat, standard deviations: as fine as optics let through, and short."""
MAT_CONTRAST: Final = (0.15, 0.8)
"""Standard deviation of a mat's light relative to its mean."""

Kind = Callable[[tuple[int, int], np.random.Generator], Field]


def random_texture(
    size_yx: tuple[int, int], rng: np.random.Generator, kinds: Sequence[Kind] | None = None
) -> Field:
    """Draw a field of dead leaves, of fibres, of scale-free texture, or two of them multiplied.

    Parameters
    ----------
    size_yx : tuple of int
        Rows and columns, pixels.
    rng : numpy.random.Generator
        Chooses.
    kinds : sequence of callable or None
        What to choose from, all as likely; None for those three.

    Returns
    -------
    ndarray, shape (y, x), float32
        Light relative to the brightest pixel: at least 0, at most 1; sharp, without a background.
    """
    kinds = kinds or (dead_leaves, fibres, scale_free)
    field = kinds[int(rng.integers(len(kinds)))](size_yx, rng)
    if rng.random() < 1 / 3:
        veil = kinds[int(rng.integers(len(kinds)))](size_yx, rng)
        field = field * (veil + np.float32(rng.uniform(0.0, 0.5)))
    return np.asarray(field / max(float(field.max()), 1e-6), np.float32)


def dead_leaves(size_yx: tuple[int, int], rng: np.random.Generator) -> Field:
    """Draw opaque ellipses on top of each other, each of its own brightness and grain."""
    rows, columns = size_yx
    field = np.full(size_yx, rng.random(), np.float32)
    grain = smooth_noise(size_yx, float(rng.uniform(0.5, 4.0)), rng)
    roughness = np.float32(rng.uniform(0.0, 0.4))
    gamma = rng.uniform(0.7, 3.0)
    for _ in range(int(rng.integers(*LEAVES))):
        low, high = (bound ** (1 - LEAF_SIZE_POWER) for bound in LEAF_RADIUS_PX)
        radius = (low + rng.random() * (high - low)) ** (1 / (1 - LEAF_SIZE_POWER))
        y, x = rng.random() * rows, rng.random() * columns
        reach = radius * 2 + 1
        top, bottom = max(0, int(y - reach)), min(rows, int(y + reach) + 1)
        left, right = max(0, int(x - reach)), min(columns, int(x + reach) + 1)
        down = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
        along = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(x)
        angle, stretch = rng.uniform(0, np.pi), rng.uniform(1.0, 2.0)
        turned = down * np.float32(np.cos(angle)) + along * np.float32(np.sin(angle))
        across = along * np.float32(np.cos(angle)) - down * np.float32(np.sin(angle))
        inside = np.square(turned / np.float32(stretch)) + np.square(across * np.float32(stretch))
        part = field[top:bottom, left:right]
        level = np.float32(rng.random() ** gamma)
        leaf = level * (1 + roughness * grain[top:bottom, left:right])
        np.copyto(part, leaf, where=inside < radius**2)
    return np.maximum(field, np.float32(0))


def fibres(size_yx: tuple[int, int], rng: np.random.Generator) -> Field:
    """Draw bundles of nearly parallel, gently bent fibres in one to three directions."""
    field = np.zeros(size_yx, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        field += _bundle(size_yx, rng) * np.float32(rng.uniform(0.3, 1.0))
    return field


def mats(size_yx: tuple[int, int], rng: np.random.Generator) -> Field:
    """Draw sheets of fine short strands that lie close, of low contrast, side by side.

    Stress fibres of the cell cortex, hair and woven tissue look so: everywhere some light, and
    detail as fine as the optics resolve.
    """
    field = np.zeros(size_yx, np.float32)
    for _ in range(int(rng.integers(2, 6))):
        region = smooth_noise(size_yx, float(np.exp(rng.uniform(np.log(10), np.log(60)))), rng)
        sheet = 1 / (
            1 + np.exp(np.float32(-rng.uniform(3, 12)) * (region - rng.uniform(-0.8, 0.8)))
        )
        angle, length = rng.uniform(0, np.pi), log_uniform(MAT_LENGTH_PX, rng)
        strands = _strands(size_yx, angle, length, log_uniform(MAT_WIDTH_PX, rng), rng)
        lit = np.maximum(1 + np.float32(log_uniform(MAT_CONTRAST, rng)) * strands, 0)
        bent = _bend(lit, float(rng.uniform(0.0, 12.0)), rng)
        field += sheet * bent * np.float32(log_uniform((0.1, 1.0), rng))
    brightest = max(float(np.percentile(field, 99.8)), 1e-6)
    return np.asarray(np.minimum(field / brightest, 2), np.float32)


def _strands(
    size_yx: tuple[int, int],
    angle: float,
    length_px: float,
    width_px: float,
    rng: np.random.Generator,
) -> Field:
    """Filter white noise to strands of one direction: mean 0, standard deviation 1."""
    frequency_y = np.fft.fftfreq(size_yx[0])[:, None]
    frequency_x = np.fft.rfftfreq(size_yx[1])[None, :]
    along = frequency_y * np.cos(angle) + frequency_x * np.sin(angle)
    across = frequency_x * np.cos(angle) - frequency_y * np.sin(angle)
    damping = 2 * np.pi**2
    transfer = np.exp(-damping * (np.square(length_px * along) + np.square(width_px * across)))
    noise = rng.standard_normal(size_yx, dtype=np.float32)
    strands = np.fft.irfft2(np.fft.rfft2(noise) * transfer, s=size_yx).astype(np.float32)
    return np.asarray(strands / max(float(strands.std()), 1e-6), np.float32)


def log_uniform(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    """Draw so that each factor between the bounds is as likely as any other."""
    low, high = np.log(bounds)
    return float(np.exp(rng.uniform(low, high)))


def _bundle(size_yx: tuple[int, int], rng: np.random.Generator) -> Field:
    """Filter white noise to long thin strands, bend them and let them fade in places."""
    angle, length = rng.uniform(0, np.pi), log_uniform(BUNDLE_LENGTH_PX, rng)
    strands = _strands(size_yx, angle, length, rng.uniform(*BUNDLE_WIDTH_PX), rng)
    sparse = np.exp(np.float32(rng.uniform(0.2, 1.8)) * np.clip(strands, -4, 4))
    fade = 1 / (1 + np.exp(-4 * smooth_noise(size_yx, float(rng.uniform(8, 40)), rng)))
    lit = sparse * fade / max(float(np.percentile(sparse, 99.5)), 1e-6)
    return _bend(np.minimum(lit, np.float32(2)), float(rng.uniform(0.0, 12.0)), rng)


def _bend(field: Field, reach_px: float, rng: np.random.Generator) -> Field:
    """Displace pixels smoothly by up to about `reach_px`, to the nearest pixel."""
    shape = (field.shape[0], field.shape[1])
    rows, columns = np.indices(shape, sparse=True)
    down = smooth_noise(shape, 40.0, rng) * reach_px
    right = smooth_noise(shape, 40.0, rng) * reach_px
    y = np.rint(rows + down).astype(np.intp) % shape[0]
    x = np.rint(columns + right).astype(np.intp) % shape[1]
    return np.asarray(field[y, x], np.float32)


def scale_free(size_yx: tuple[int, int], rng: np.random.Generator) -> Field:
    """Draw texture whose spectrum falls as a power of the frequency, made sparse at random."""
    frequency = np.hypot(np.fft.fftfreq(size_yx[0])[:, None], np.fft.rfftfreq(size_yx[1])[None, :])
    frequency[0, 0] = np.inf
    noise = rng.standard_normal(size_yx, dtype=np.float32)
    falling = np.fft.rfft2(noise) * frequency ** -rng.uniform(0.8, 2.2)
    texture = np.fft.irfft2(falling, s=size_yx).astype(np.float32)
    texture /= max(float(texture.std()), 1e-6)
    lit = np.exp(np.float32(rng.uniform(0.3, 1.2)) * np.clip(texture, -4, 4))
    return np.asarray(lit / np.percentile(lit, 99.9), np.float32).clip(0, 1)


def blurred(field: Field, sigma_px: float) -> Field:
    """Return the field blurred by a Gaussian, at least 0."""
    shape = (field.shape[0], field.shape[1])
    spectrum = np.fft.rfft2(field) * gaussian_transfer(shape, sigma_px)
    return np.maximum(np.fft.irfft2(spectrum, s=shape), 0).astype(np.float32)
