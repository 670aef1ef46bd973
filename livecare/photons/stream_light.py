"""Knows how much light a stream saves at present, from its recent frames."""

from collections import deque
from typing import Any, Final

from numpy.typing import NDArray

from livecare.models.anscombe import CameraNoise
from livecare.photons.motion import share_moved
from livecare.photons.pair_error import PairError, pair_error, photon_factor_of

RECENT: Final = 32
"""Pairs of frames that the present factor is estimated from: their errors, averaged, are known to
a few per cent, and the estimate follows the run within seconds."""
MOST_MOVED: Final = 0.1
"""Part of the blocks that may have moved: motion counts as error, and would hide what is saved."""

Image = NDArray[Any]


class StreamLight:
    """The photon factor of one channel at one place, from its recent frames.

    Parameters
    ----------
    camera : CameraNoise
        Its values.
    """

    def __init__(self, camera: CameraNoise) -> None:
        self._camera = camera
        self._recent: deque[PairError] = deque(maxlen=RECENT)

    def add(self, raw: Image, restored: Image, next_raw: Image) -> None:
        """Take a frame, restored, and the raw frame after it; shape (y, x), camera counts.

        Two between which the specimen moved say nothing, and are left out.
        """
        if share_moved(raw, restored, next_raw, self._camera) <= MOST_MOVED:
            self._recent.append(pair_error(raw, restored, next_raw, self._camera))

    @property
    def photon_factor(self) -> float:
        """How many times more light raw frames would need; NaN before the first pair."""
        return photon_factor_of(self._recent, self._camera.read_noise_e)
