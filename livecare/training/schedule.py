"""How long to train and how fast to learn: a clock, a number of steps, or until it stops paying."""

import math
import time
from dataclasses import dataclass
from typing import Final, Literal

from livecare.errors import ConfigError

Clock = Literal["wall", "cpu"]

SECONDS_PER_MINUTE: Final = 60.0
WARM_UP: Final = 0.02
"""Part of the budget in which the learning rate rises to its peak."""
FINAL: Final = 0.01
"""Learning rate at the end of the budget, relative to the peak."""
PLATEAU_FACTOR: Final = 0.5
PLATEAU_EPOCHS: Final = 10
"""The learning rate is halved after so many epochs without a better validation, as CARE does."""


@dataclass(frozen=True, slots=True)
class Budget:
    """When training ends.

    Attributes
    ----------
    minutes : float or None
        Time that training may take; None for as many steps as there are.
    clock : {"wall", "cpu"}
        What is counted: time as it passes, or the computing time of the busiest thread that trains,
        which stands still while other programs have the machine.
    epochs, steps_per_epoch : int
        How many epochs there are where no minutes are given; a validation ends each.

    Raises
    ------
    ConfigError
        If a value is not above 0.
    """

    minutes: float | None = None
    clock: Clock = "wall"
    epochs: int = 100
    steps_per_epoch: int = 400

    def __post_init__(self) -> None:
        if self.minutes is not None and not (math.isfinite(self.minutes) and self.minutes > 0):
            raise ConfigError(f"--minutes is {self.minutes}: give a time above 0")
        if self.epochs < 1 or self.steps_per_epoch < 1:
            raise ConfigError(
                f"--epochs {self.epochs} --steps {self.steps_per_epoch}: give 1 or more of both"
            )

    @property
    def steps(self) -> int:
        """All steps, where no minutes are given."""
        return self.epochs * self.steps_per_epoch

    def elapsed(self, step: int, seconds: float) -> float:
        """Return which part of the budget is used up, 0 ... 1."""
        if self.minutes is None:
            return min(1.0, step / self.steps)
        return min(1.0, seconds / (SECONDS_PER_MINUTE * self.minutes))


class Stopwatch:
    """Counts the seconds of a training, also over several starts of the program.

    Parameters
    ----------
    clock : {"wall", "cpu"}
        See `Budget`.
    before : float
        Seconds that earlier starts took.
    """

    def __init__(self, clock: Clock, before: float = 0.0) -> None:
        self._clock = clock
        self._now = time.monotonic if clock == "wall" else time.thread_time
        self._started = self._now() - before

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return self._now() - self._started

    def add(self, elsewhere_s: float) -> None:
        """Count computing time of other threads, seconds; the wall's clock has it already."""
        if self._clock == "cpu":
            self._started -= elsewhere_s


def relative_learning_rate(elapsed: float) -> float:
    """Return the learning rate at a part of the budget, relative to its peak.

    It rises in a straight line, then falls along half a cosine: whenever the budget ends, the
    weights have settled.
    """
    if elapsed < WARM_UP:
        return max(elapsed / WARM_UP, FINAL)
    fallen = min(1.0, (elapsed - WARM_UP) / (1 - WARM_UP))
    return FINAL + (1 - FINAL) * (1 + math.cos(math.pi * fallen)) / 2


@dataclass(slots=True)
class Plateau:
    """Halves the learning rate while validations do not get better.

    Attributes
    ----------
    factor : float
        Learning rate relative to its peak.
    best : float
        Lowest validation loss so far.
    waited : int
        Epochs since then, or since the last halving.
    """

    factor: float = 1.0
    best: float = math.inf
    waited: int = 0

    def see(self, validation: float) -> None:
        """Take an epoch's validation loss into account."""
        if validation < self.best:
            self.best, self.waited = validation, 0
            return
        self.waited += 1
        if self.waited >= PLATEAU_EPOCHS:
            self.factor *= PLATEAU_FACTOR
            self.waited = 0
