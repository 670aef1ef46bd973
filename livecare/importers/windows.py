"""How a source's normalisation becomes one of livecare's windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.processing import Affine, Standardise, Step, Stretch

SAME: Final = 1e-5
"""Network units over the window: below it two affine maps count as one."""
IDENTITY: Final = Affine(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How livecare says what a source does before and after its network.

    Attributes
    ----------
    normalisation, window
        As in `livecare.models.writer.PackageSpec`.
    behind : sequence of Step
        What is added behind the network, so that its result is in window units.
    note : str
        What the user should know; "" for nothing.
    """

    normalisation: tuple[str, float, float]
    window: tuple[float, float] | None
    behind: Sequence[Step]
    note: str = ""


def convert(
    before: Sequence[Step], after: Sequence[Step], test_input: NDArray[np.float32]
) -> Conversion:
    """Return the window for these steps.

    Parameters
    ----------
    before, after : sequence of Step
        The source's pre- and postprocessing.
    test_input : array
        The source's test input, camera counts; mean and standard deviation of frames are put in
        terms of percentiles with it.

    Raises
    ------
    ModelError
        If the steps are more than a window can say.
    """
    if all(isinstance(step, Affine) for step in before):
        return _fixed(_joined(before), after)
    if len(before) != 1 or any(isinstance(step, Affine) for step in after):
        raise ModelError(
            f"the model's preprocessing is {list(before)} and its postprocessing {list(after)}: "
            "livecare takes one normalisation before the network and its inverse behind it"
        )
    first = before[0]
    if isinstance(first, Stretch):
        note = "Its percentiles are locked to a run's first frames instead of following each frame."
        return Conversion(("fixed", first.low, first.high), None, after, note)
    if isinstance(first, Standardise):
        return _standardised(after, test_input)
    raise ModelError(f"the model's preprocessing {first} is no normalisation that livecare knows")


def _fixed(chain: Affine, after: Sequence[Step]) -> Conversion:
    """Return the fixed window of an affine map; what follows is put into its units."""
    if chain.gain <= 0:
        raise ModelError("the model's preprocessing inverts the picture: livecare keeps dark dark")
    low, high = -chain.offset / chain.gain, (1 - chain.offset) / chain.gain
    behind = list(after)
    if any(isinstance(step, Affine) for step in after):  # the source itself returns to counts
        behind.append(chain)
        if all(isinstance(step, Affine) for step in behind) and _same(_joined(behind), IDENTITY):
            behind = []
    return Conversion(("fixed", 0.0, 100.0), (low, high), behind)


def _standardised(after: Sequence[Step], test_input: NDArray[np.float32]) -> Conversion:
    """Return the percentiles at which the test input has its mean, and one deviation more."""
    values = np.sort(test_input.astype(np.float64).ravel())
    mean, std = float(values.mean()), float(values.std())
    places = 100 * np.interp((mean, mean + std), values, np.linspace(0, 1, len(values)))
    low, high = float(places[0]), float(places[1])
    if not 0 <= low < high <= 100:  # noqa: PLR2004 percent
        raise ModelError("the model's test input is flat: its normalisation cannot be told from it")
    note = (
        "It was trained on frames of mean 0 and standard deviation 1. livecare locks its window to "
        f"the percentiles {low:.2f} and {high:.2f} instead, where these lie in the test input; in "
        "frames of another brightness distribution they lie elsewhere."
    )
    return Conversion(("fixed", low, high), None, after, note)


def _joined(chain: Sequence[Step]) -> Affine:
    """Return one affine map for several in a row."""
    whole = IDENTITY
    for step in chain:
        if isinstance(step, Affine):
            whole = Affine(whole.gain * step.gain, whole.offset * step.gain + step.offset)
    return whole


def _same(one: Affine, two: Affine) -> bool:
    return abs(one.gain - two.gain) < SAME and abs(one.offset - two.offset) < SAME
