"""Knows what a stream of frames was like until now: its brightness, its detail, its last frame."""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.guards.spectrum import Spectrum
from livecare.guards.survey import AREA, Survey

FIRST_FRAMES: Final = 8
"""Frames that say what a stream is like: as many as lock a normalisation."""
PATCH: Final = 4
"""Rows and columns of a patch whose change is looked at, blocks: 16 pixels."""
SURE: Final = 2.0
"""Standard errors that are taken off a change: what is left is none of chance."""
DARK: Final = 0.02
"""Part of the blocks that are the darkest places."""
SPARSE: Final = 4
"""Every so many blocks along both axes are asked for them: sorting all would cost as much as all
else."""
FOLLOWED: Final = 0.25
"""Part of the way that the mean contrast goes with each frame; brightness goes half of it."""
STEADIED: Final = 3**-0.5
"""Part of the chance error that is left in the latter."""
FAINTEST: Final = 4.0
"""Chance errors of a mean from which it can be compared: below, nothing is said of a fraction."""

Values = NDArray[np.float32]


@dataclass(slots=True)
class History:
    """What was seen of a stream; changes with every frame.

    Attributes
    ----------
    signals, details : list of float
        Mean brightness (electrons per pixel) and detail of the first frames.
    before : tuple of array or None
        Raw and restored electrons of the patches of the last frame.
    signal, contrast : float or None
        Mean brightness, and contrast over that of noise alone, followed slowly.
    """

    signals: list[float] = field(default_factory=list)
    details: list[float] = field(default_factory=list)
    before: tuple[Values, Values] | None = None
    signal: float | None = None
    contrast: float | None = None

    def emptiness(self, survey: Survey) -> float:
        """Return what part of the contrast between neighbouring places noise explains."""
        photons = np.where(survey.healthy, survey.photons + survey.excess, survey.photons)
        rows, columns = (length // 2 * 2 for length in photons.shape)
        down = photons[:rows:2, :columns] + photons[1:rows:2, :columns]
        places = down[:, ::2] + down[:, 1::2]
        found = np.square(np.diff(places, axis=0)).mean() + np.square(np.diff(places)).mean()
        variance = 4 * AREA * (survey.signal + survey.dark_variance)
        now = float(found) / max(4 * variance, 1e-9)
        before = now if self.contrast is None else self.contrast
        self.contrast = before + FOLLOWED * (now - before)
        return 1 / max(self.contrast, 1e-3)

    def drift(self, survey: Survey) -> float | None:
        """Return the part by which the mean brightness differs from that of the first frames.

        It is counted from the darkest places, since an estimated offset may be off by much.
        """
        some = survey.photons[::SPARSE, ::SPARSE].ravel()
        darkest = np.partition(some, round(DARK * len(some)))[round(DARK * len(some))]
        now = float(survey.photons.mean() + survey.excess.mean() - darkest) / AREA
        signal = self.signal = now if self.signal is None else (self.signal + now) / 2
        if len(self.signals) < FIRST_FRAMES:
            self.signals.append(now)
            return None
        first = float(np.median(self.signals))
        error = SURE * survey.deviation / math.sqrt(survey.raw.size) * STEADIED
        return max(0.0, abs(signal - first) - error) / max(first, FAINTEST * error, 1e-6)

    def blur(self, spectrum: Spectrum) -> float | None:
        """Return how much more detail the first frames had, 1 or more; None until that is known."""
        detail = spectrum.detail
        if len(self.details) < FIRST_FRAMES:
            self.details.append(detail)
            return None
        return max(1.0, float(np.median(self.details)) / detail)

    def flicker(self, survey: Survey) -> float | None:
        """Return by what part still places changed beyond what the raw frames did.

        The half of the patches that changes least, beside what all do, counts as standing still.
        """
        photons = _patches(survey.photons)
        raw = photons + _patches(survey.excess)
        before, self.before = self.before, (raw, photons)
        if before is None or before[0].shape != raw.shape:
            return None
        raw_before, photons_before = before
        area = AREA * PATCH * PATCH
        variance = photons + photons_before + np.float32(2 * area * survey.dark_variance + 1e-6)
        change = raw - raw_before
        all_over = float((change * photons_before / variance).sum())
        all_over /= max(float((photons_before * photons_before / variance).sum()), 1e-9)
        still = np.square(change - np.float32(all_over) * photons_before) / variance
        chosen = still <= np.median(still)
        weight = photons_before[chosen] / variance[chosen]
        scale = float((weight * photons_before[chosen]).sum())
        if not scale > 0:
            return None
        restored = float((weight * (photons - photons_before)[chosen]).sum()) / scale
        seen = float((weight * change[chosen]).sum()) / scale
        return max(0.0, abs(restored - seen) - SURE / math.sqrt(scale))


def _patches(blocks: Values) -> Values:
    rows, columns = (length // PATCH * PATCH for length in blocks.shape)
    whole = blocks[:rows, :columns].reshape(rows // PATCH, PATCH, columns // PATCH, PATCH)
    return np.asarray(whole.sum(axis=(1, 3)), np.float32)
