"""How many frames fit the latency budget, by measurement."""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.engines.protocol import Engine
from livecare.frame import Pixels, PixelType
from livecare.models.normalise import IntensityWindow

WARM_UP_WINDOW = IntensityWindow(0.0, 1.0)
"""Any window does: warm-up frames are empty."""

WORTH_WAITING_FOR: Final = 1.1
"""A larger batch must be faster per frame by this factor: its first frame waits for its last."""

TRIALS: Final = 5
"""Times that a batch is timed; the shortest counts, since whatever else runs only adds to it."""
TRIALS_S: Final = 0.5
"""A batch is not tried again after so many seconds: a slow engine should start some time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What an engine can do on this machine.

    Attributes
    ----------
    batch : int
        Frames that it restores best at once.
    backlog : int
        Frames that it restores within the latency budget, at least `batch`: if more wait, it is
        behind.
    seconds_per_frame : float
        In a batch of that size, seconds.
    """

    batch: int
    backlog: int
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
    _time_batch(engine, shape_yx, dtype, restored_dtype, 1)  # the first one allocates
    batch, per_frame_s = 1, _time_batch(engine, shape_yx, dtype, restored_dtype, 1)
    candidate = 2
    while candidate <= max_batch and candidate * per_frame_s <= budget_s:
        taken_s = _time_batch(engine, shape_yx, dtype, restored_dtype, candidate) / candidate
        if taken_s * WORTH_WAITING_FOR < per_frame_s:
            batch, per_frame_s = candidate, taken_s
        candidate *= 2
    return Pace(batch, max(batch, int(budget_s / per_frame_s)), per_frame_s)


def _time_batch(
    engine: Engine, shape_yx: tuple[int, int], dtype: PixelType, restored_dtype: PixelType, n: int
) -> float:
    frames: Pixels = np.zeros((n, *shape_yx), dtype)
    restored: Pixels = np.empty((n, *shape_yx), restored_dtype)
    trials_s: list[float] = []
    while len(trials_s) < TRIALS and sum(trials_s) < TRIALS_S:
        begun = time.perf_counter()
        engine.infer(frames, restored, WARM_UP_WINDOW)
        trials_s.append(time.perf_counter() - begun)
    return min(trials_s)
