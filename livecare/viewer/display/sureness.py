"""Knows how far a restored value may be from the truth, as its model predicts; no Qt."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from livecare.frame import Pixels
from livecare.link import SpreadMeasured
from livecare.models.uncertainty.spread_table import SpreadTable, steepness

SCALES: Final = math.log(10)
"""Laplace scales that hold 90 % of a Laplace distribution."""

Tables = Mapping[int, SpreadTable]
"""Of each channel of which it is known."""


def tables_of(found: Sequence[SpreadMeasured]) -> dict[int, SpreadTable]:
    """Return the tables that a run tells, by channel."""
    return {each.channel: SpreadTable(each.levels, each.slopes, each.spreads) for each in found}


def truth_within(restored: Pixels, y: int, x: int, table: SpreadTable) -> float | None:
    """Return how far from a restored pixel the truth is expected in 90 % of such pixels, counts.

    Parameters
    ----------
    restored : array, shape (y, x)
        A restored frame, not reduced.
    y, x : int
        The pixel.
    table : SpreadTable
        Of its channel.

    Returns
    -------
    float or None
        None outside the frame, or where the value is no finite number.
    """
    rows, columns = restored.shape
    if not (0 <= y < rows and 0 <= x < columns):
        return None
    top, left = max(0, y - 1), max(0, x - 1)
    around = restored[top : y + 2, left : x + 2].astype(np.float32)
    if not np.isfinite(around).all() or min(around.shape) < 1:
        return None
    slope = steepness(around)[y - top, x - left]
    return SCALES * table.at(float(restored[y, x]), float(slope))


def sureness_words(tables: Tables) -> str:
    """Say in a sentence how sure a model is of dark and of bright pixels; "" if nobody knows."""
    sentences = []
    for channel, table in sorted(tables.items()):
        dark, bright = (SCALES * float(np.median(table.spreads[at])) for at in (0, -1))
        of_which = f" in channel {channel}" if len(tables) > 1 else ""
        sentences.append(
            f"The truth is expected within ± {dark:.3g} counts of dark pixels and ± {bright:.3g} "
            f"of bright ones{of_which}, for 90 % of them."
        )
    return " ".join(sentences)
