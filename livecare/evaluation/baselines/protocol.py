"""What a baseline is: a set of candidates, of which it or the truth picks one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise

Restore = Callable[[Pixels], NDArray[np.float32]]
"""Takes a raw frame of shape (y, x) to a restored one, both in camera counts."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a baseline may know of a recording.

    Attributes
    ----------
    frames : array, shape (n, y, x)
        Raw frames, camera counts.
    camera : CameraNoise
        Its values.
    restored_with : CameraNoise
        What models are given: the same, or of means of 2 × 2 pixels where neighbours share noise.
    psf : array, shape (y, x), or None
        Point spread function; any scale.
    """

    frames: NDArray[Any]
    camera: CameraNoise
    restored_with: CameraNoise
    psf: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """One candidate of a baseline for a recording.

    Attributes
    ----------
    setting : str
        For people: "σ 1.2 px".
    restore : Restore
        The candidate.
    """

    setting: str
    restore: Restore


class Baseline(Protocol):
    """A classical restoration."""

    def candidates(self, subject: Subject) -> Sequence[Fitted]:
        """Return the candidates for a recording: the same settings in the same order for all.

        Of several the one that scores best over an image set is reported; a baseline that tunes
        itself without the truth returns one.
        """
        ...
