"""Whether something grows: slopes with their errors, and the least that is ever needed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import Final

import numpy as np
from soak_run import RECORDER
from soak_samples import Sample

SECONDS_PER_HOUR: Final = 3600.0
SETTLED_S: Final = 30.0
"""Time in which a process gets what memory it needs, seconds; it does not count."""
BLOCK_S: Final = 10.0
"""Length of the blocks whose medians are compared, seconds: what is said second by second depends
on itself."""
FEWEST: Final = 4
"""Fewer blocks than this say nothing of a slope."""


@dataclass(frozen=True, slots=True)
class Slope:
    """How fast something grows.

    Attributes
    ----------
    per_h, error : float
        Per hour, or per thing, and the standard error of that.
    lives, blocks : int
        Processes, and blocks of time, that it is from.
    """

    per_h: float
    error: float
    lives: int
    blocks: int

    @property
    def surely(self) -> float:
        """What it grows by at the least, with 97 chances in a hundred."""
        return self.per_h - 2 * self.error


Points = Sequence[tuple[float, float]]
"""A value at each of some times, seconds."""


def memory_lives(samples: Sequence[Sample], role: str, warm_s: float) -> list[Points]:
    """Return the memory of each process of a role over time, without its beginning, MB."""
    of_role = [
        (each.pid, sample.at_s, each.own_mb)
        for sample in samples
        for each in sample.processes
        if each.role == role
    ]
    lives = []
    for _, group in groupby(sorted(of_role), key=lambda found: found[0]):
        points = [(at_s, own) for _, at_s, own in group]
        settled_s = max(points[0][0] + SETTLED_S, warm_s)
        lives.append([(at_s, own) for at_s, own in points if at_s >= settled_s])
    return [life for life in lives if life]


def slope(lives: Sequence[Points]) -> Slope | None:
    """Return the slope that lives have in common, each with a level of its own, least squares.

    Parameters
    ----------
    lives : sequence of Points
        Of one process each.
    """
    centred: list[tuple[float, float]] = []
    counted = 0
    for life in lives:
        blocks = _blocks(life)
        if len(blocks) > 1:
            counted += 1
            middle, level = fmean(at for at, _ in blocks), fmean(value for _, value in blocks)
            centred += [(at - middle, value - level) for at, value in blocks]
    spare = len(centred) - counted - 1
    across = math.fsum(at * at for at, _ in centred)
    if len(centred) < FEWEST or spare < 1 or not across:
        return None
    rise = math.fsum(at * value for at, value in centred) / across
    left = math.fsum((value - rise * at) ** 2 for at, value in centred)
    error = math.sqrt(left / spare / across)
    return Slope(rise * SECONDS_PER_HOUR, error * SECONDS_PER_HOUR, counted, len(centred))


def _blocks(life: Points) -> list[tuple[float, float]]:
    cut = groupby(life, key=lambda point: int(point[0] / BLOCK_S))
    return [_middle(list(block)) for _, block in cut]


def _middle(block: Points) -> tuple[float, float]:
    return fmean(at for at, _ in block), median(value for _, value in block)


def causes(samples: Sequence[Sample], warm_s: float) -> dict[str, Slope]:
    """Return what the recorder's memory goes with: time, and what it has more of for a while.

    It holds some memory for each part that is alive, for each shard that is open, and a little, to
    the end of the run, for each part that ever began. What grows by time alone is none of these.
    Least squares over blocks of `BLOCK_S`; what did not vary is left out.

    Returns
    -------
    dict
        "hour": MB per hour; "part", "part begun" and "shard": MB for each; with their errors.
        Empty where too little was seen.
    """
    seen = [
        (sample.at_s, each.own_mb, sample.parts, sample.parts_begun, each.shards)
        for sample in samples
        if sample.at_s >= warm_s and sample.stage == "acquiring"
        for each in sample.processes
        if each.role == RECORDER
    ]
    cut = groupby(seen, key=lambda point: int(point[0] / BLOCK_S))
    blocks = np.array([np.median(list(block), axis=0) for _, block in cut])
    if len(blocks) < FEWEST:
        return {}
    by_name = {
        "hour": blocks[:, 0] / SECONDS_PER_HOUR,
        "part": blocks[:, 2],
        "part begun": blocks[:, 3],
        "shard": blocks[:, 4],
    }
    varied = {name: values - values.mean() for name, values in by_name.items() if np.ptp(values)}
    spare = len(blocks) - len(varied) - 1
    if spare < FEWEST:
        return {}
    columns, own = np.column_stack(list(varied.values())), blocks[:, 1] - blocks[:, 1].mean()
    inverse = np.linalg.pinv(columns.T @ columns)
    found = inverse @ columns.T @ own
    left = own - columns @ found
    errors = np.sqrt(left @ left / spare * np.diag(inverse))
    return {
        name: Slope(float(value), float(error), 1, len(blocks))
        for name, value, error in zip(varied, found, errors, strict=True)
    }


def growth(samples: Sequence[Sample], what: str, warm_s: float) -> int | None:
    """Return by how much the usual number of something grew from the first half to the second.

    A run has more files open while a part is completed in the background, and fewer while a child
    is being started again: only what it has most of the time, while it records and has no part to
    complete, is compared. None where that was not seen often enough.

    Parameters
    ----------
    samples : sequence of Sample
        In order.
    what : {"files", "threads"}
        What the recorder has a number of.
    warm_s : float
        Before that nothing counts, seconds.
    """
    warm = [sample for sample in samples if sample.at_s >= warm_s and sample.stage == "acquiring"]
    fewest = min((sample.parts for sample in warm), default=0)
    counted = [
        getattr(each, what)
        for sample in warm
        if sample.recording and sample.parts == fewest
        for each in sample.processes
        if each.role == RECORDER
    ]
    half = len(counted) // 2
    if half < FEWEST:
        return None
    return round(median(counted[-half:]) - median(counted[:half]))
