"""Counting how long things take: histograms of fixed size, and rates."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LOWEST_NS: Final = 1_000
"""Times below 1 µs count as 1 µs: nothing here is faster."""
BINS_PER_OCTAVE: Final = 32
"""A bin is 2.2 % wide, so a percentile is known to about 1 %."""
OCTAVES: Final = 27
"""Up to 134 s; longer times count as that, but the maximum is exact."""
BOUND_OCTAVES: Final = range(7, 25)
"""Octaves that `LatencyHistogram.below` tells apart: from 128 µs, faster than any frame is written,
to 17 s, after which nothing is live. They end where bins end, so that no count is a guess."""
BOUNDS_S: Final = tuple(LOWEST_NS * 2**octave / 1e9 for octave in BOUND_OCTAVES)
"""Their upper ends, seconds."""


@dataclass(frozen=True, slots=True)
class Below:
    """How many durations there were, by size.

    Attributes
    ----------
    counts : tuple of int
        How many were below each of `BOUNDS_S`; the last entry counts all.
    sum_s : float
        Their sum, seconds.
    """

    counts: tuple[int, ...]
    sum_s: float


class LatencyHistogram:
    """Durations in logarithmic bins: constant memory, any number of frames; thread-safe."""

    def __init__(self) -> None:
        self._counts = np.zeros(BINS_PER_OCTAVE * OCTAVES, dtype=np.int64)
        self._max_ns = self._sum_ns = 0
        self._lock = threading.Lock()

    def add(self, duration_ns: int) -> None:
        """Count one duration in nanoseconds; negative ones count as 0."""
        with self._lock:
            self._counts[_bin(duration_ns)] += 1
            self._max_ns = max(self._max_ns, duration_ns)
            self._sum_ns += max(0, duration_ns)

    def below(self) -> Below:
        """Count the durations by size, in octaves; for those who add them up over time."""
        with self._lock:
            octaves = self._counts.reshape(OCTAVES, BINS_PER_OCTAVE).sum(axis=1)
            sum_s = self._sum_ns / 1e9
        risen = np.cumsum(octaves)
        counts = (*(int(risen[octave - 1]) for octave in BOUND_OCTAVES), int(risen[-1]))
        return Below(counts, sum_s)

    def percentile_ms(self, percent: float) -> float | None:
        """Return the duration that `percent` of all do not exceed, ms; None when empty."""
        with self._lock:
            middle_ns = _percentile_ns(self._counts, percent)
            return None if middle_ns is None else min(middle_ns, self._max_ns) / 1e6

    def summary_ms(self) -> dict[str, float | None]:
        """Return p50, p99 and max in milliseconds, rounded to microseconds; None when empty."""
        p50, p99 = self.percentile_ms(50), self.percentile_ms(99)
        if p50 is None or p99 is None:
            return {"p50": None, "p99": None, "max": None}
        return {"p50": round(p50, 3), "p99": round(p99, 3), "max": round(self._max_ns / 1e6, 3)}


class RecentLatency:
    """Durations of the last seconds, in the same bins; constant memory, thread-safe.

    Parameters
    ----------
    clock : callable
        Says what time it is, monotonic, seconds.
    """

    SPAN_S: Final = 5
    """Whole seconds that count, and the present one in part: long enough for percentiles of a few
    frames per second, short enough to show a stall while it lasts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts = np.zeros((self.SPAN_S + 1, BINS_PER_OCTAVE * OCTAVES), dtype=np.int64)
        self._second = int(clock())
        self._lock = threading.Lock()

    def add(self, duration_ns: int) -> None:
        """Count one duration in nanoseconds; negative ones count as 0."""
        with self._lock:
            self._forget()
            self._counts[self._second % len(self._counts), _bin(duration_ns)] += 1

    def percentiles_ms(self, *percents: float) -> tuple[float | None, ...]:
        """Return the durations that so many percent do not exceed, ms; None where there is none."""
        with self._lock:
            self._forget()
            counts = self._counts.sum(axis=0)
        found = (_percentile_ns(counts, percent) for percent in percents)
        return tuple(None if each is None else each / 1e6 for each in found)

    def _forget(self) -> None:
        """Empty the seconds that have begun since the last look."""
        now = int(self._clock())
        for second in range(self._second + 1, min(now, self._second + len(self._counts)) + 1):
            self._counts[second % len(self._counts)] = 0
        self._second = now


def _bin(duration_ns: int) -> int:
    place = int(math.log2(max(duration_ns, LOWEST_NS) / LOWEST_NS) * BINS_PER_OCTAVE)
    return min(place, BINS_PER_OCTAVE * OCTAVES - 1)


def _percentile_ns(counts: NDArray[np.int64], percent: float) -> float | None:
    """Return the middle of the bin that holds a percentile, ns; None where nothing is counted."""
    total = int(counts.sum())
    if total == 0:
        return None
    wanted = max(1, math.ceil(total * percent / 100))
    place = int(np.searchsorted(np.cumsum(counts), wanted))
    return float(LOWEST_NS * 2 ** ((place + 0.5) / BINS_PER_OCTAVE))


class Rate:
    """Events per second over the last moments."""

    SPAN_S: Final = 1.0
    """Time over which a rate is taken, seconds: long enough to be steady, short to be current."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._count = 0
        self._per_second = 0.0

    def update(self, count: int) -> float:
        """Say how many events there have been in all; return the latest rate, 1/s."""
        elapsed = time.monotonic() - self._since
        if elapsed >= self.SPAN_S:
            self._per_second = (count - self._count) / elapsed
            self._since += elapsed
            self._count = count
        return self._per_second
