"""Knows how much of a frame moved until the next one."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.anscombe import CameraNoise
from livecare.models.counts import ROUNDING

BLOCK: Final = 16
"""Rows and columns of the blocks that tell whether a specimen stands still, pixels: the variance of
256 values is known to 9 %."""
MOVED: Final = 1.4
"""Variance of a block between two frames, over that of the camera's noise, from which something
moved there: four standard errors above 1."""

Image = NDArray[Any]


def share_moved(raw: Image, restored: Image, next_raw: Image, camera: CameraNoise) -> float:
    """Return the part of a frame's blocks in which it differs from the next by more than noise.

    Parameters
    ----------
    raw, restored, next_raw : array, shape (y, x)
        As `pair_error` takes them; frames smaller than a block have not moved.
    camera : CameraNoise
        Its values.
    """
    light_e = (restored.astype(np.float32) - camera.offset_adu) / camera.gain_adu_per_e
    rounding_e2 = ROUNDING / camera.gain_adu_per_e**2 if raw.dtype.kind in "ui" else 0.0
    steady_e2 = max(camera.read_noise_e**2, rounding_e2)  # where it was measured it has both
    noise_e2 = np.maximum(light_e, 0) + steady_e2
    apart = (next_raw.astype(np.float32) - raw.astype(np.float32)) / camera.gain_adu_per_e
    found, expected = _blocks(np.square(apart) / 2), _blocks(noise_e2)
    return float(np.mean(found > MOVED * expected)) if found.size else 0.0


def _blocks(values: Image) -> Image:
    """Return means of whole blocks."""
    rows, columns = (length // BLOCK for length in values.shape)
    cut = values[: rows * BLOCK, : columns * BLOCK]
    means: Image = cut.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    return means
