"""How the normalisation of a channel is fixed from its first frames that are not blank.

The live restorer and the restoring of files both come through here with the same frames, so that
both give the same bits.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.following import Ema
from livecare.models.noise_estimate import estimate_noise
from livecare.models.normalisation import Kind
from livecare.models.normaliser import Anscombe, Fixed, Normaliser, PerFrame
from livecare.models.recipe import NormalisationRecipe
from livecare.models.window import HIGH_PERCENTILE, LOW_PERCENTILE, IntensityWindow

LOCK_FRAMES: Final = 8
"""Frames of a channel that its normalisation is locked from, unless the user says so."""
LOOK_PIXELS: Final = 1 << 16
"""Pixels that tell whether a frame is blank, about: a live run looks at every frame until the
shutter opens, a millisecond each."""
LOCK_PIXELS: Final = 1 << 20
"""Pixels per frame that are looked at, about: percentiles of a million values are steady to a
count, and sorting more would delay the first picture."""
NOISE_SIDE: Final = 1024
"""Rows and columns at the middle of a frame that the camera's noise is estimated from, at most."""


def is_blank(frame: Pixels) -> bool:
    """Tell whether a frame says nothing: dark, saturated, or without a finite pixel.

    So it is where its pixels are alike from `LOW_PERCENTILE` to `HIGH_PERCENTILE`; some hot pixels
    are no picture.
    """
    values = _thinned(frame, LOOK_PIXELS).ravel()
    if np.issubdtype(values.dtype, np.floating):
        values = values[np.isfinite(values)]
    if values.size == 0:
        return True
    low, high = np.percentile(values, (LOW_PERCENTILE, HIGH_PERCENTILE))
    return not low < high


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
        thinned = [_thinned(frame, LOCK_PIXELS) for frame in frames]
        locked = IntensityWindow.from_frames(thinned, low, high)
    return Ema(locked, low, high) if kind == "ema" else Fixed(locked)


def _estimated(frames: Sequence[Pixels]) -> Anscombe:
    middles = [_middle(frame) for frame in frames]
    whole = [middle for middle in middles if np.isfinite(middle).all()]
    estimate = estimate_noise(whole or middles)
    return Anscombe(estimate.best_noise, estimate)


def _thinned(frame: Pixels, pixels: int) -> Pixels:
    """Return every so many-th pixel of every so many-th row, about `pixels` in all."""
    step = max(1, round((frame.size / pixels) ** 0.5))
    return frame[..., ::step, ::step]


def _middle(frame: Pixels) -> Pixels:
    """Return the middle of a frame, or of a stack's middle plane, with all its pixels."""
    planes = frame.reshape(-1, *frame.shape[-2:])
    plane: Pixels = planes[len(planes) // 2]
    top, left = (max(0, length - NOISE_SIDE) // 2 for length in plane.shape)
    return plane[top : top + NOISE_SIDE, left : left + NOISE_SIDE]
