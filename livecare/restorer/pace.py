"""How many frames fit the latency budget, by measurement."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.engines.protocol import Engine
from livecare.frame import Pixels, PixelType
from livecare.models.normalisation import Normalisation

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
    normalisation: Normalisation,
) -> Pace:
    """Warm an engine up with batches of 1, 2, 4 … frames while they fit the budget (seconds).

    Any normalisation of the run's kind will do: warm-up frames are empty.

    Raises
    ------
    EngineError
        If the engine fails on an empty frame.
    """

    def time_batch(frames: int) -> float:
        return _time_batch(engine, shape_yx, dtype, restored_dtype, [normalisation] * frames)

    time_batch(1)  # the first one allocates
    batch, per_frame_s = 1, time_batch(1)
    candidate = 2
    while candidate <= max_batch and candidate * per_frame_s <= budget_s:
        taken_s = time_batch(candidate) / candidate
        if taken_s * WORTH_WAITING_FOR < per_frame_s:
            batch, per_frame_s = candidate, taken_s
        candidate *= 2
    return Pace(batch, max(batch, int(budget_s / per_frame_s)), per_frame_s)


def _time_batch(
    engine: Engine,
    shape_yx: tuple[int, int],
    dtype: PixelType,
    restored_dtype: PixelType,
    normalisations: Sequence[Normalisation],
) -> float:
    """Return the shortest time of a batch with so many frames, seconds."""
    frames: Pixels = np.zeros((len(normalisations), *shape_yx), dtype)
    restored: Pixels = np.empty(frames.shape, restored_dtype)
    trials_s: list[float] = []
    while len(trials_s) < TRIALS and sum(trials_s) < TRIALS_S:
        begun = time.perf_counter()
        engine.infer(frames, restored, normalisations)
        trials_s.append(time.perf_counter() - begun)
    return min(trials_s)
