"""Everything that the default models look at while they learn: drawn fields and recordings.

Recordings come from the data sets named in `RECORDINGS` alone; what the models are judged on is
none of it.
"""

from pathlib import Path
from typing import Final

import numpy as np
import tifffile
from numpy.typing import NDArray

from livecare.simulation import random_field
from livecare.simulation.textures import (
    blurred,
    dead_leaves,
    fibres,
    log_uniform,
    mats,
    random_texture,
    scale_free,
)
from livecare.training.exposures import Pair, cut, expose_field, expose_recording

FIELD_SIDE: Final = 256
POOL_FIELDS: Final = 512
"""Drawn fields kept at once; each is used again in other exposures until another replaces it."""
TEXTURE_SHARE: Final = 0.6
"""Part of the drawn fields that are textures instead of specimens."""
GRAINY_SHARE: Final = 0.5
"""Part of the specimens that a texture lies upon: what is drawn is smoother than what lives."""
PSF_SIGMA_PX: Final = (0.4, 1.8)
FINE_PSF_SIGMA_PX: Final = (0.4, 1.2)
FINE_KINDS: Final = (dead_leaves, fibres, scale_free, mats, mats)
"""Textures of the last steps of a training, and how sharply they are seen: by then the network
knows what is smooth, and would smooth away what is fine, dense and of low contrast."""
RECORDED_SHARE: Final = 0.12
"""Part of the pairs that are real photon counts."""
VOLUME_SHARE: Final = 0.05
"""Part of the pairs exposed by simulation from recorded, nearly noise-free images."""

COUNTS: Final = "nandb_fkbp/well1_*.tif"
"""Repeated photon counts (BSD-3-Clause). Well 2 is left for judging."""
VOLUME: Final = "volume/lls_raw.tif"
"""Light-sheet stack (MIT)."""
STRUCTURED_LIGHT: Final = "sim_lowlight/HE_raw15_plus_mean.tif"
"""Structured-illumination frames and their mean at normal light (MIT)."""

Values = NDArray[np.float32]


class DefaultPairs:
    """An endless supply of pairs; the same seed and data give the same pairs.

    Parameters
    ----------
    data : Path
        The folder that holds the recordings.
    seed : int
        Of everything random.
    pool_fields : int
        Drawn fields kept at once.
    fine : bool
        Draw finer textures.
    """

    def __init__(
        self, data: Path, seed: int, pool_fields: int = POOL_FIELDS, *, fine: bool = False
    ) -> None:
        self._fine = fine
        self._rng = np.random.default_rng(seed)
        self._counts = [tifffile.imread(path) for path in sorted(data.glob(COUNTS))]
        self._images = _recorded_images(data)
        self._pool = [draw_light(self._rng, fine=fine) for _ in range(pool_fields)]
        self._oldest = 0

    def refresh(self) -> None:
        """Replace the oldest field of the pool by a new one."""
        self._pool[self._oldest] = draw_light(self._rng, fine=self._fine)
        self._oldest = (self._oldest + 1) % len(self._pool)

    def draw(self, pairs: int, side: int) -> list[Pair]:
        """Draw pairs of `side` × `side` pixels."""
        return [self._draw_pair(side) for _ in range(pairs)]

    def _draw_pair(self, side: int) -> Pair:
        rng = self._rng
        kind = rng.random()
        if kind < RECORDED_SHARE:
            frames = self._counts[int(rng.integers(len(self._counts)))]
            return expose_recording(cut(frames, side, rng), rng)
        lights = self._images if kind < RECORDED_SHARE + VOLUME_SHARE else self._pool
        light = cut(lights[int(rng.integers(len(lights)))], side, rng)
        return expose_field(light, rng)


def draw_light(rng: np.random.Generator, *, fine: bool = False) -> Values:
    """Draw a light field of `FIELD_SIDE` squared whose 99.9th percentile is 1."""
    size = (FIELD_SIDE, FIELD_SIDE)
    kinds, sigma_px = (FINE_KINDS, FINE_PSF_SIGMA_PX) if fine else (None, PSF_SIGMA_PX)
    if rng.random() < TEXTURE_SHARE:
        light = blurred(random_texture(size, rng, kinds), log_uniform(sigma_px, rng))
    else:
        light = random_field(size, rng)
        if rng.random() < GRAINY_SHARE:
            grain = blurred(random_texture(size, rng, kinds), log_uniform(sigma_px, rng))
            light = light * (
                np.float32(rng.uniform(0.2, 1.0)) + grain / max(float(grain.mean()), 1e-6)
            )
    return np.asarray(light / max(float(np.percentile(light, 99.9)), 1e-6), np.float32)


def _recorded_images(data: Path) -> list[Values]:
    """Return recorded images whose noise was averaged away, 0 being dark."""
    planes = tifffile.imread(data / VOLUME).astype(np.float32)
    focus = [planes[z : z + 2].mean(axis=0) for z in range(20, 68, 4)]
    halved = [image.reshape(160, 2, 128, 2).mean(axis=(1, 3)) for image in focus]
    mean = tifffile.imread(data / STRUCTURED_LIGHT)[-1].astype(np.float32)
    return [_scaled(image) for image in (*halved, mean)]


def _scaled(image: Values) -> Values:
    low, high = np.percentile(image, (0.5, 99.9))
    return np.asarray(np.maximum(image - low, 0) / (high - low), np.float32)
