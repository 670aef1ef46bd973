"""A guard of your own: dark pixels that the camera cuts off at 0, where their noise is lost.

To keep it:
1. `GUARD` goes into `_ALL` of livecare/guards/guard.py: its words, for window, log and report.
2. The measurement goes into `Guards.measure` of livecare/guards/examining.py; what needs sums over
   blocks goes into `Guards._judge` there, which has a `Survey`.
3. The threshold goes into livecare/guards/thresholds.json: benchmarks/guards_thresholds.py finds it
   on clean frames, so that false alarms are as rare as those of the other guards.
"""

import numpy as np

from livecare.frame import Pixels
from livecare.guards import Guard, Guards
from livecare.models.normalise import Normalisation

THRESHOLD = 0.01
"""Part of the pixels; a guess for this example, where the others' come from data."""

GUARD = Guard(
    name="cut_off",
    title="dark pixels cut off",
    unit="of the pixels",
    seen="{value} of the pixels are 0: the camera cuts the noise of dark pixels off.",
    fine="Hardly any pixel is 0.",
    cure="Raise the camera's offset (black level); restore what was recorded with restorer.camera "
    "left out, so that the noise is estimated.",
)


def cut_off(raw: Pixels) -> float:
    """Return the part of a raw frame's pixels that are 0 counts."""
    return 1.0 - np.count_nonzero(raw) / max(raw.size, 1)


class MoreGuards(Guards):
    """The guards that there are, and this one: as if it stood in `Guards.measure`."""

    def measure(
        self, raw: Pixels, restored: Pixels, normalisation: Normalisation
    ) -> dict[str, float]:
        """Return what each guard measures, by its name."""
        return super().measure(raw, restored, normalisation) | {GUARD.name: cut_off(raw)}
