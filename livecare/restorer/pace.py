"""How many frames fit the latency budget, by measurement."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from livecare.engines.protocol import Engine, Expected
from livecare.errors import EngineMemoryError
from livecare.frame import Pixels
from livecare.logs import logger
from livecare.models.normalisation import Normalisation

WORTH_WAITING_FOR: Final = 1.1
"""A larger batch must be faster per frame by this factor: its first frame waits for its last."""

TRIALS: Final = 5
"""Times that a batch is timed; the shortest counts, since whatever else runs only adds to it."""
TRIALS_S: Final = 0.5
"""A batch is not tried again after so many seconds: a slow engine should start some time."""
STILL_TRUE: Final = (0.6, 1.6)
"""Where the time of one frame lies between these parts of what was measured in an earlier run,
that run's times are taken; elsewhere the machine has changed, or was busy."""


class KnownTimes(Protocol):
    """Times of an earlier run; see `livecare.engines.timings.Timings`."""

    def read(self) -> dict[int, float]:
        """Return seconds by frames of a batch."""
        ...

    def write(self, seconds: dict[int, float], /) -> None:
        """Keep them."""
        ...


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
    expected: Expected,
    budget_s: float,
    normalisation: Normalisation,
    known: KnownTimes | None = None,
) -> Pace:
    """Warm an engine up with batches of 1, 2, 4 … frames while they fit the budget (seconds).

    Parameters
    ----------
    engine : Engine
        Loaded.
    expected : Expected
        The frames to come; `batch` is the most that are tried.
    budget_s : float
        Latency budget, seconds.
    normalisation : Normalisation
        Any of the run's kind will do: warm-up frames are empty.
    known : KnownTimes or None
        Times of an earlier run, taken where they still hold, and replaced where they do not.

    Raises
    ------
    EngineError
        If the engine fails on an empty frame, or on several for want of anything but memory.
    """
    trial = _Trial(engine, expected, normalisation)
    trial.seconds(1, trials=1)  # the first one allocates
    single_s = trial.seconds(1)
    earlier = {} if known is None else known.read()
    if 1 in earlier and STILL_TRUE[0] < single_s / earlier[1] < STILL_TRUE[1]:
        pace = choose_pace(earlier, budget_s, expected.batch)
        if trial.seconds_if_it_fits(pace.batch, trials=1) is not None:
            return pace
    times = {1: single_s}
    while _worth_trying(times, budget_s, expected.batch):
        candidate = 2 * max(times)
        taken_s = trial.seconds_if_it_fits(candidate)
        if taken_s is None:
            break
        times[candidate] = taken_s
    if known is not None:
        known.write(times)
    return choose_pace(times, budget_s, expected.batch)


def choose_pace(times: dict[int, float], budget_s: float, max_batch: int) -> Pace:
    """Choose from seconds by frames of a batch, 1 among them: as few at once as is nearly best."""
    batch, per_frame_s = 1, times[1]
    for candidate, taken_s in sorted(times.items()):
        fits = candidate <= max_batch and taken_s <= budget_s
        if fits and taken_s / candidate * WORTH_WAITING_FOR < per_frame_s:
            batch, per_frame_s = candidate, taken_s / candidate
    return Pace(batch, max(batch, int(budget_s / per_frame_s)), per_frame_s)


def _worth_trying(times: dict[int, float], budget_s: float, max_batch: int) -> bool:
    """Tell whether the next batch can fit, by what the best so far takes per frame."""
    candidate = 2 * max(times)
    per_frame_s = min(taken_s / frames for frames, taken_s in times.items())
    return candidate <= max_batch and candidate * per_frame_s <= budget_s


class _Trial:
    """Empty frames for an engine to be timed with."""

    def __init__(self, engine: Engine, expected: Expected, normalisation: Normalisation) -> None:
        self._engine = engine
        self._expected = expected
        self._normalisation = normalisation

    def seconds_if_it_fits(self, batch: int, trials: int = TRIALS) -> float | None:
        """Return as `seconds`; None if there is no memory for so many frames at once."""
        try:
            return self.seconds(batch, trials)
        except (EngineMemoryError, MemoryError) as error:
            if batch == 1:
                raise
            logger().warning("no memory for a batch", frames=batch, reason=str(error))
            return None

    def seconds(self, batch: int, trials: int = TRIALS) -> float:
        """Return the shortest time of a batch with so many frames, seconds."""
        frames: Pixels = np.zeros((batch, *self._expected.shape), self._expected.dtype)
        restored: Pixels = np.empty(frames.shape, self._expected.restored_dtype)
        normalisations: Sequence[Normalisation] = [self._normalisation] * batch
        taken_s: list[float] = []
        while len(taken_s) < trials and sum(taken_s) < TRIALS_S:
            begun = time.perf_counter()
            self._engine.infer(frames, restored, normalisations)
            taken_s.append(time.perf_counter() - begun)
        return min(taken_s)
