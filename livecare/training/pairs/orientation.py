"""Turns and mirrors patches: every pixel keeps its value, so the noise stays what it was."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
NoiseAxis = Literal["x", "y"]

TURNS_AND_MIRRORS: Final = 8
MIRRORS: Final = 4
"""Ways to lay a square on itself, and those among them that keep rows rows."""


def draw_orientation(along: NoiseAxis | None, rng: np.random.Generator) -> int:
    """Draw a way to lay a patch: one of eight, or of four where noise runs along an axis."""
    return int(rng.integers(TURNS_AND_MIRRORS if along is None else MIRRORS))


def oriented(patch: Values, orientation: int) -> Values:
    """Return a square patch, shape (..., y, x), mirrored (bits 0 and 1) and turned (bit 2)."""
    if orientation & 1:
        patch = patch[..., ::-1]
    if orientation & 2:
        patch = patch[..., ::-1, :]
    if orientation & 4:
        patch = np.swapaxes(patch, -2, -1)
    return np.ascontiguousarray(patch)
