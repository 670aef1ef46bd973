"""How many frames fit the latency budget, by measurement."""

import time
from dataclasses import dataclass

import numpy as np

from livecare.engines.protocol import Engine
from livecare.frame import Pixels, PixelType
from livecare.models.normalise import IntensityWindow

WARM_UP_WINDOW = IntensityWindow(0.0, 1.0)
"""Any window does: warm-up frames are empty."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What an engine can do on this machine.

    Attributes
    ----------
    batch : int
        Frames that it restores within the latency budget, at least 1.
    seconds_per_frame : float
        In a batch of that size, seconds.
    """

    batch: int
    seconds_per_frame: float


def measure_pace(
    engine: Engine,
    shape_yx: tuple[int, int],
    dtype: PixelType,
    restored_dtype: PixelType,
    budget_s: float,
    max_batch: int,
) -> Pace:
    """Warm an engine up with batches of 1, 2, 4 … frames while they fit the budget (seconds).

    Raises
    ------
    EngineError
        If the engine fails on an empty frame.
    """
    batch = 1
    _time_batch(engine, shape_yx, dtype, restored_dtype, 1)  # the first one allocates
    taken = _time_batch(engine, shape_yx, dtype, restored_dtype, 1)
    while 2 * batch <= max_batch and 2 * taken <= budget_s:
        doubled = _time_batch(engine, shape_yx, dtype, restored_dtype, 2 * batch)
        if doubled > budget_s:
            break
        batch, taken = 2 * batch, doubled
    return Pace(batch, taken / batch)


def _time_batch(
    engine: Engine, shape_yx: tuple[int, int], dtype: PixelType, restored_dtype: PixelType, n: int
) -> float:
    frames: Pixels = np.zeros((n, *shape_yx), dtype)
    restored: Pixels = np.empty((n, *shape_yx), restored_dtype)
    begun = time.monotonic()
    engine.infer(frames, restored, WARM_UP_WINDOW)
    return time.monotonic() - begun
