"""What a frame goes through on its way to a network's units and back, whatever the kind."""

from typing import Final, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from livecare.frame import NormalisationKind, Pixels

Kind = NormalisationKind
"""How the normalisation of each frame is chosen; `livecare.frame` says what each means."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""All of them, for checks and messages."""


@runtime_checkable
class Normalisation(Protocol):
    """The way of one frame from camera counts to network units and back; frozen."""

    def normalise(self, pixels: Pixels, normalised: NDArray[np.float32], /) -> None:
        """Write the pixels in network units into an array of their shape.

        Every finite pixel, saturated or hot, gives a finite value.
        """
        ...

    def denormalise(self, normalised: NDArray[np.float32], pixels: Pixels, /) -> None:
        """Write network units as camera counts into `pixels`, an array of their shape.

        Integer types are rounded (halves to even) and clipped to their range. The values must be
        finite, and are overwritten.
        """
        ...

    def spread(
        self,
        values: NDArray[np.float32],
        scales: NDArray[np.float32],
        spread: NDArray[np.float32],
        /,
    ) -> None:
        """Write how uncertain the restored counts are, three arrays of one shape.

        Parameters
        ----------
        values : array
            Estimates, network units, before `denormalise` overwrites them.
        scales : array
            Their Laplace scales, network units.
        spread : array
            Written here, camera counts: the estimate ± ln(10) times this holds the truth in 90 %
            of the pixels.
        """
        ...

    def record(self) -> dict[str, float]:
        """Return the numbers that it is made of, as a recording keeps them for each frame."""
        ...
