"""The window over minutes: whether its memory, processor time and pictures stay as they are."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from table import Bar, Figure
from viewer_beside import WINDOW, Span, rate
from viewer_watched import Effort, LookedAt, watch

MEGABYTE: Final = 1e6
BLOCK_S: Final = 30.0
"""Time of which memory and processor time are compared, seconds."""


def measure(folder: Path, effort: Effort) -> list[Figure]:
    """Look for minutes: nobody records, as no disk here holds the frames of ten of them."""
    setting = effort.setting
    looked_at = LookedAt(setting.side, setting.rate_hz, setting.frames, setting.engine)
    watched = watch(folder, looked_at, [WINDOW], effort.every_s)
    blocks = _blocks(watched.viewers[0], watched.span, min(BLOCK_S, effort.seconds / 4))
    sizes = [median(line["own"] for line in block) / MEGABYTE for block in blocks]
    shares = [rate(block, "cpu_s") for block in blocks]
    drawn = [rate(block, "painted_raw") for block in blocks]
    minutes = [block[0]["at_s"] / 60 for block in blocks]
    words = f"{effort.words} for {effort.seconds / 60:.3g} min"
    lost, none = watched.last.ledger.lost, Bar("measured", "<=", 0)
    note = "only looked at: ten minutes of it would be 500 GB on the disk"
    return [
        Figure(
            f"{words}, the viewer's memory, first block to last",
            "MB",
            "in the first",
            [(sizes[-1] - sizes[0], sizes[0])],
            Bar("measured", "<=", 10.0),
            note,
        ),
        Figure(
            f"{words}, its growth by a straight line",
            "MB",
            "in the first",
            [(_slope(minutes, sizes) * (minutes[-1] - minutes[0]), sizes[0])],
        ),
        Figure(
            f"{words}, processor time, last block",
            "cores",
            "the first",
            [(shares[-1], shares[0])],
            Bar("ratio", "<=", 1.1),
        ),
        Figure(f"{words}, raw painted, worst block", "fps", "best", [(min(drawn), max(drawn))]),
        Figure(f"{words}, lost", "frames", "acquired", [(lost, setting.frames)], none),
    ]


def _blocks(lines: list[dict[str, Any]], span: Span, block_s: float) -> list[list[dict[str, Any]]]:
    """Cut what was said into blocks of the same length, each with two lines at least."""
    found: dict[int, list[dict[str, Any]]] = {}
    for line in lines:
        found.setdefault(int((line["at_s"] - span.began_s) / block_s), []).append(line)
    blocks = [block for _, block in sorted(found.items()) if len(block) > 1]
    assert len(blocks) > 1, "the viewer was not looked at often enough: a longer run is needed"
    return blocks


def _slope(at: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of the straight line through values, least squares."""
    middle, mean = sum(at) / len(at), sum(values) / len(values)
    above = sum((x - middle) * (y - mean) for x, y in zip(at, values, strict=True))
    return above / sum((x - middle) ** 2 for x in at)
