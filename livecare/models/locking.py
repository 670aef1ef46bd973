"""How the normalisation of a recording is fixed from its first frames.

The live restorer and the restoring of files both come through here with the same frames, so that
both give the same bits.
"""

from collections.abc import Sequence

import numpy as np

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.following import Ema
from livecare.models.noise_estimate import estimate_noise
from livecare.models.normalisation import Kind
from livecare.models.normaliser import Anscombe, Fixed, Normaliser, PerFrame
from livecare.models.recipe import NormalisationRecipe
from livecare.models.window import IntensityWindow

LOCK_FRAMES = 8
"""First frames of a recording that its normalisation is locked from, unless the user says so."""
LOCK_PIXELS = 1 << 20
"""Pixels per frame that are looked at, about: percentiles of a million values are steady to a
count, and sorting more would delay the first picture."""
NOISE_SIDE = 1024
"""Rows and columns at the middle of a frame that the camera's noise is estimated from, at most."""


def needs_frames(
    recipe: NormalisationRecipe,
    kind: Kind,
    noise: CameraNoise | None,
    window: IntensityWindow | None,
) -> bool:
    """Tell whether frames must be looked at before the first one can be normalised."""
    if kind == "anscombe":
        return noise is None
    return kind != "per-frame" and window is None and recipe.window is None


def lock_normaliser(
    recipe: NormalisationRecipe,
    kind: Kind,
    frames: Sequence[Pixels],
    noise: CameraNoise | None,
    window: IntensityWindow | None,
) -> Normaliser:
    """Make the normaliser of a recording; see `livecare.models.package.Model.lock`."""
    low, high = recipe.low_percentile, recipe.high_percentile
    if kind == "per-frame":
        return PerFrame(low, high)
    if needs_frames(recipe, kind, noise, window) and len(frames) == 0:
        raise ConfigError(
            f"normalisation: '{kind}' is locked to the first frames of a recording, and there are "
            "none; give at least one"
        )
    if kind == "anscombe":
        return Anscombe(noise) if noise is not None else _estimated(frames)
    locked = window or recipe.window
    if locked is None:
        locked = IntensityWindow.from_frames([_thinned(frame) for frame in frames], low, high)
    return Ema(locked, low, high) if kind == "ema" else Fixed(locked)


def _estimated(frames: Sequence[Pixels]) -> Anscombe:
    middles = [_middle(frame) for frame in frames]
    whole = [middle for middle in middles if np.isfinite(middle).all()]
    estimate = estimate_noise(whole or middles)
    return Anscombe(estimate.best_noise, estimate)


def _thinned(frame: Pixels) -> Pixels:
    """Return every so many-th pixel of every so many-th row, about `LOCK_PIXELS` in all."""
    step = max(1, round((frame.size / LOCK_PIXELS) ** 0.5))
    return frame[..., ::step, ::step]


def _middle(frame: Pixels) -> Pixels:
    """Return the middle of a frame, or of a stack's middle plane, with all its pixels."""
    planes = frame.reshape(-1, *frame.shape[-2:])
    plane: Pixels = planes[len(planes) // 2]
    top, left = (max(0, length - NOISE_SIDE) // 2 for length in plane.shape)
    return plane[top : top + NOISE_SIDE, left : left + NOISE_SIDE]
