"""Knows in which order a frame is examined, and which guards can judge it."""

from typing import Final

import numpy as np

from livecare.frame import GuardReading, Pixels
from livecare.guards import texture
from livecare.guards.expectation import Expectation
from livecare.guards.features import FEATURES, statistics
from livecare.guards.history import History
from livecare.guards.places import worst_places
from livecare.guards.spectrum import Spectrum, measure
from livecare.guards.survey import AREA, Survey, survey
from livecare.guards.thresholds import thresholds
from livecare.models.anscombe import CameraNoise
from livecare.models.counts import FULL_SCALES
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalise import Normalisation

EXAMINED: Final = 2
"""Frames in succession that are examined where others are spared: what alternates from frame to
frame is seen."""
SURE: Final = 2.0
"""Standard errors that are taken off a difference of means."""
FAINTEST: Final = 4.0
"""Chance errors of a mean from which a part of it can be told."""


class Guards:
    """Examines the frames of one channel and place, in their order.

    Parameters
    ----------
    expectation : Expectation
        What is known beforehand.
    out_of : int
        Examine two frames in succession out of so many, at so much less cost; the others get no
        readings. 2 for all.
    """

    def __init__(self, expectation: Expectation, *, out_of: int = EXAMINED) -> None:
        self._expectation = expectation
        self._out_of = max(EXAMINED, out_of)
        self._frames = 0
        self._history = History()
        self._turn = 0

    def examine(
        self, raw: Pixels, restored: Pixels, normalisation: Normalisation
    ) -> dict[str, GuardReading]:
        """Read every guard that can judge this frame.

        Parameters
        ----------
        raw, restored : array, shape (y, x)
            A raw frame and what was restored from it, counts; left as they are.
        normalisation : Normalisation
            What the frame went through.

        Returns
        -------
        dict of str to GuardReading
            By the names in `livecare.guards.GUARDS`; empty for a frame that is spared.
        """
        self._frames += 1
        if (self._frames - 1) % self._out_of >= EXAMINED:
            return {}
        found = self.measure(raw, restored, normalisation)
        limits = thresholds()
        return {name: GuardReading(float(value), limits[name]) for name, value in found.items()}

    def measure(
        self, raw: Pixels, restored: Pixels, normalisation: Normalisation
    ) -> dict[str, float]:
        """Return the values alone; see `examine`."""
        found: dict[str, float | None] = {
            "mismatch": self._expectation.mismatch(),
            "saturated": _saturated(raw, self._expectation.saturation_adu),
        }
        camera = self._camera(normalisation)
        seen = None if camera is None else survey(raw, restored, camera)
        if seen is not None:
            spectrum = measure(seen, self._turn)
            self._turn += 1
            found |= self._judge(seen, spectrum)
        return {
            name: value for name, value in found.items() if value is not None and np.isfinite(value)
        }

    def _camera(self, normalisation: Normalisation) -> CameraNoise | None:
        if isinstance(normalisation, NoiseUnits):
            return normalisation.noise
        return self._expectation.camera

    def _judge(self, seen: Survey, spectrum: Spectrum) -> dict[str, float | None]:
        erased, invented = worst_places(seen)
        return {
            "noise": texture.noise_factor(spectrum),
            "correlated": texture.correlation(spectrum),
            "stripes": texture.stripes(seen),
            "kept": texture.kept(spectrum),
            "removed": texture.removed(spectrum),
            "erased": erased,
            "invented": invented,
            "checkerboard": texture.checkerboard(spectrum),
            "intensity": _intensity(seen),
            "flicker": self._history.flicker(seen),
            "drift": self._history.drift(seen),
            "blurred": self._history.blur(spectrum),
            "unfamiliar": self._distance(seen, spectrum),
            "empty": self._history.emptiness(seen),
        }

    def _distance(self, seen: Survey, spectrum: Spectrum) -> float | None:
        trust = self._expectation.trust
        if trust is None or trust.features != FEATURES:
            return None
        return trust.distance_of(statistics(seen, spectrum)) / trust.distance


def _saturated(raw: Pixels, limit: float | None) -> float | None:
    """Return the part of the pixels that are saturated; None for frames that cannot be."""
    if limit is None and raw.dtype.kind != "u":
        return None
    highest = raw.max(initial=0)
    if limit is None and int(highest) in FULL_SCALES:
        limit = float(highest)
    if limit is None or highest < limit:  # of most frames; to compare each pixel takes longer
        return 0.0
    return float(np.count_nonzero(raw >= limit)) / max(raw.size, 1)


def _intensity(seen: Survey) -> float:
    """Return by what part the mean brightness differs beyond chance, hot pixels left out."""
    healthy = seen.healthy
    counted = max(1, int(np.count_nonzero(healthy)))
    difference = abs(float((seen.excess * healthy).sum())) / (counted * AREA)
    error = SURE * seen.deviation / float(np.sqrt(seen.raw.size))
    return max(0.0, difference - error) / max(seen.signal, FAINTEST * error, 1e-6)
