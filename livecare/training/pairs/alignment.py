"""Whether the two pictures of each pair lie on each other, and what to do where they do not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.references.registration import Shift, measure_shift
from livecare.references.shifting import overlap, split_shift
from livecare.training.pairs.partners import Place

LIMIT_PX: Final = 0.5
"""A shift beyond half a pixel blurs what is learnt; measuring alone is off by up to 0.2."""
LOOKED_AT: Final = 16
"""Pairs measured in each recording for the check; with `align` all are."""
STEADY_PX: Final = 0.25
"""Shifts within so much of each other are one shift, measured often."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How far the second picture of a pair lies from the first: whole pixels and a rest."""

    whole_yx: tuple[int, int]
    rest_yx: tuple[float, float]


PairOf = Callable[[int], tuple[Pixels, Pixels]]
"""Gives both pictures of a pair by number."""


def check_shift(pair_of: PairOf, pairs: int, names: str, *, align: bool) -> list[Offset]:
    """Measure the shifts of a recording's pairs.

    Parameters
    ----------
    pair_of : callable
        Gives the two pictures of each pair.
    pairs : int
        How many there are.
    names : str
        What to call the recordings in an error.
    align : bool
        Whether to return what undoes the shifts instead of refusing them.

    Returns
    -------
    list of Offset
        One for each pair; all 0 without `align`.

    Raises
    ------
    UsageError
        If a pair is shifted by more than `LIMIT_PX` and `align` is off.
    """
    looked_at = range(pairs) if align else _spread(pairs)
    shifts = {pair: _measure(*pair_of(pair)) for pair in looked_at}
    clear = {pair: shift for pair, shift in shifts.items() if shift.clear}
    still = [Offset((0, 0), (0.0, 0.0))] * pairs
    if not clear:
        return still
    common = _common(list(clear.values()))
    if not align:
        _refuse_shifted(clear, common, names)
        return still
    if common is not None:
        return [_as_offset(*common)] * pairs
    middle = _median([*clear.values()])
    places = {pair: (shift.y_px, shift.x_px) for pair, shift in clear.items()}
    return [_as_offset(*places.get(pair, middle)) for pair in range(pairs)]


def _refuse_shifted(
    clear: Mapping[int, Shift], common: tuple[float, float] | None, names: str
) -> None:
    """Raise UsageError if the pictures are shifted: all of them alike, or the worst pair."""
    worst = max(clear, key=lambda pair: clear[pair].length_px)
    y_px, x_px = common or (clear[worst].y_px, clear[worst].x_px)
    if np.hypot(y_px, x_px) > LIMIT_PX:
        raise UsageError(
            f"{names}: the pictures of a pair are shifted by {y_px:+.2f} rows and {x_px:+.2f} "
            f"columns{f' (frame {worst})' if common is None else ''}, more than {LIMIT_PX} pixels; "
            "give --align to undo it, or record both without moving the stage"
        )


def _common(shifts: Sequence[Shift]) -> tuple[float, float] | None:
    """Return the one shift that these are, measured often; None where they differ."""
    middle = _median(shifts)
    apart = [max(abs(each.y_px - middle[0]), abs(each.x_px - middle[1])) for each in shifts]
    return middle if max(apart) <= STEADY_PX else None


def _median(shifts: Sequence[Shift]) -> tuple[float, float]:
    return (
        float(np.median([each.y_px for each in shifts])),
        float(np.median([each.x_px for each in shifts])),
    )


def common_region(size_yx: tuple[int, int], offsets: Sequence[Offset]) -> Place:
    """Return the rows and columns that the second pictures of all pairs show, too."""
    rows, columns = slice(0, size_yx[0]), slice(0, size_yx[1])
    for offset in set(offsets):
        first, _ = overlap(size_yx, offset.whole_yx)
        edge = [int(rest != 0) for rest in offset.rest_yx]
        rows = _both(rows, slice(first[0].start + edge[0], first[0].stop - edge[0]))
        columns = _both(columns, slice(first[1].start + edge[1], first[1].stop - edge[1]))
    return rows, columns


def _both(one: slice, other: slice) -> slice:
    return slice(max(one.start, other.start), min(one.stop, other.stop))


def _spread(pairs: int) -> list[int]:
    return sorted({int(pair) for pair in np.linspace(0, pairs - 1, LOOKED_AT).round()})


def _measure(first: Pixels, second: Pixels) -> Shift:
    return measure_shift(np.asarray(first, np.float32), np.asarray(second, np.float32))


def _as_offset(y_px: float, x_px: float) -> Offset:
    (whole_y, rest_y), (whole_x, rest_x) = split_shift(y_px), split_shift(x_px)
    return Offset((whole_y, whole_x), (rest_y, rest_x))
