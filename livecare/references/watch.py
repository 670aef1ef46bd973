"""Knows how restored frames were compared with reference frames so far, and whether that drifts."""

import json
import statistics
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from livecare.frame import GuardReading, Pixels, Position
from livecare.logs import logger
from livecare.models.anscombe import CameraNoise
from livecare.references.comparison import Comparison, compare

ERROR: Final = "reference"
LIKENESS: Final = "reference_ssim"
"""Names of the guards whose readings this gives: NRMSE, and what SSIM lacks to 1."""
FIRST: Final = 3
"""References that say what is usual, of each plane and stage position."""
NOTHING: Final = (
    "the frame before it was not restored live, or the reference shows nothing beyond the noise "
    "that its camera values say"
)
"""Why there may be nothing to compare."""
MOST_PLACES: Final = 4096
"""Planes and stage positions whose first references are remembered, at most."""
MOST: Final = 1.0
"""No value above is believed: the restored frame then shows nothing of the reference."""
LEAST: Final = {ERROR: 0.0, LIKENESS: 0.02}
"""No value below alarms: so little is chance, or camera values that are a little off."""
FILE: Final = Path(__file__).with_name("threshold.json")
"""Written by benchmarks/references.py, with the rate of false alarms."""


class ReferenceWatch:
    """Compares each reference frame with what was restored just before it.

    Parameters
    ----------
    channel : int
        Channel of the reference frames.
    light : float
        How many times as much light they are said to have; for people.
    """

    def __init__(self, channel: int, light: float) -> None:
        self._channel = channel
        self._light = light
        self._before: tuple[Position, Pixels] | None = None
        self._first: dict[tuple[int, int], list[dict[str, float]]] = {}

    def is_reference(self, position: Position) -> bool:
        """Tell whether a frame is a reference."""
        return position.c == self._channel

    def remember(self, position: Position, restored: Pixels) -> None:
        """Keep the newest restored frame, shape (y, x): a reference may follow."""
        room = self._before[1] if self._before is not None else None
        if room is None or room.shape != restored.shape or room.dtype != restored.dtype:
            room = np.empty_like(restored)
        np.copyto(room, restored)
        self._before = position, room

    def judge(
        self, position: Position, reference: Pixels, camera: CameraNoise | None
    ) -> dict[str, GuardReading]:
        """Compare a reference frame, shape (y, x), with the frame before it; log what is found.

        Returns
        -------
        dict of str to GuardReading
            By the names above; the thresholds are multiples of what the first references gave, and
            1 for these. Empty where the two cannot be compared.
        """
        found = self._compare(position, reference, camera)
        if found is None:
            logger().info("reference frame not compared", t=position.t, why=NOTHING)
            return {}
        place = position.z, position.p
        logger().info("reference frame", t=position.t, light_said=self._light, **in_words(found))
        if not found.fair or (place not in self._first and len(self._first) >= MOST_PLACES):
            return {}
        first = self._first.setdefault(place, [])
        values = {ERROR: found.nrmse, LIKENESS: max(0.0, 1 - found.ssim)}
        readings = {
            name: GuardReading(value, _limit(name, [each[name] for each in first]))
            for name, value in values.items()
        }
        if len(first) < FIRST:
            first.append(values)
        return readings

    def _compare(
        self, position: Position, reference: Pixels, camera: CameraNoise | None
    ) -> Comparison | None:
        """Return None where the frame before it was not restored, or cannot be compared."""
        if self._before is None:
            return None
        before, restored = self._before
        same = (before.t, before.z, before.p) == (position.t, position.z, position.p)
        return compare(restored, reference, camera) if same else None


def in_words(found: Comparison) -> dict[str, object]:
    """Return what a log says of a comparison."""
    y_px, x_px = found.shift_yx_px
    return {
        "nrmse": round(found.nrmse, 4),
        "ssim": round(found.ssim, 4),
        "light_found": round(found.light, 3),
        "shift_yx_px": [round(y_px, 2), round(x_px, 2)],
        "moved": found.moved,
        "saturated": round(found.saturated, 4),
        "noise_taken_off": found.noise_known,
    }


def _limit(name: str, first: list[float]) -> float:
    """Return what a value may be, given those of the first references."""
    if len(first) < FIRST:
        return MOST
    return min(max(factors()[name] * statistics.median(first), LEAST[name]), MOST)


@lru_cache(maxsize=1)
def factors() -> Mapping[str, float]:
    """Return by what factor each value may have grown."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: float(document[name]["factor"]) for name in (ERROR, LIKENESS)})
