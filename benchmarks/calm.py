"""Measuring while nobody else uses the machine, as far as that can be had."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import psutil

OTHERS: Final = 0.1
"""Share of the machine's processor time that others may use in a calm measurement."""

ATTEMPTS: Final = 2
"""Attempts per wanted measurement; then what there is has to do."""

Taken = TypeVar("Taken")


@dataclass(frozen=True, slots=True)
class Calm(Generic[Taken]):
    """Measurements.

    Attributes
    ----------
    taken : list
        The calm ones; the calmest half of all if too few were.
    every : list
        All of them: what must never happen is looked for here.
    note : str
        How calm it was: part of the figure.
    """

    taken: list[Taken]
    every: list[Taken]
    note: str


def calmly(measure: Callable[[], Taken], wanted: int) -> Calm[Taken]:
    """Measure until enough were calm; a single one is taken as it comes.

    What counts is only what others did meanwhile, never how the measurement came out.
    """
    attempts: list[tuple[float, int, Taken]] = []
    limit = ATTEMPTS * wanted if wanted > 1 else 1
    while len(attempts) < limit and _calm_ones(attempts) < wanted:
        before = _Usage.now()
        taken = measure()
        attempts.append((before.others_until(_Usage.now()), len(attempts), taken))
    attempts.sort(key=lambda each: each[:2])
    kept = attempts[: max(_calm_ones(attempts), len(attempts) // 2, 1)]
    note = (
        f"{len(kept)} of {len(attempts)} repeats kept, those in which others used least of the "
        f"machine: {kept[0][0]:.0%} to {kept[-1][0]:.0%}"
    )
    every = [taken for _, _, taken in attempts]
    return Calm(every[: len(kept)], every, note)


def _calm_ones(attempts: list[tuple[float, int, Taken]]) -> int:
    return sum(others <= OTHERS for others, _, _ in attempts)


@dataclass(frozen=True, slots=True)
class _Usage:
    """Processor time used so far: by all, and by this process with its children that ended, s."""

    at: float
    by_all: float
    by_us: float

    @classmethod
    def now(cls) -> "_Usage":
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        ours = os.times()
        by_us = ours.user + ours.system + ours.children_user + ours.children_system
        return cls(time.perf_counter(), _cores() * time.perf_counter() - idle, by_us)

    def others_until(self, later: "_Usage") -> float:
        """Return the share of the machine that others used meanwhile."""
        if sys.platform == "win32":  # children's times are not to be had there
            return 0.0
        others = later.by_all - self.by_all - (later.by_us - self.by_us)
        return max(0.0, others / (later.at - self.at) / _cores())


def _cores() -> int:
    return psutil.cpu_count() or 1
