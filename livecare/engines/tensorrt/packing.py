"""Normalisations as numbers that a graph reads: which go there, and in what order."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from livecare.errors import EngineError
from livecare.models.anscombe import FLOOR
from livecare.models.noise_units import TABLE_STEPS, NoiseUnits, inverse_table
from livecare.models.normalisation import Normalisation
from livecare.models.window import IntensityWindow

Kind = Literal["window", "noise"]
"""Kinds of normalisation that a GPU does: `IntensityWindow` and `NoiseUnits`."""
UNIT_NAMES: Final[dict[Kind, tuple[str, ...]]] = {
    "window": ("low", "factor", "span"),
    "noise": ("offset", "factor", "constant", "gain", "first", "steps_per_unit", "slope_below"),
}
"""The numbers of a frame, in their order; `CountsWay` has their use."""
UNIT_COUNTS: Final[dict[Kind, int]] = {kind: len(names) for kind, names in UNIT_NAMES.items()}
"""How many they are."""
WHOLE_TYPES: Final = ("uint8", "uint16")
"""Raw types that a graph for counts takes; the caller widens uint8."""


def fits(normalisations: Sequence[Normalisation], dtype: str, restored_dtype: str) -> bool:
    """Say whether a batch can go through a graph for counts.

    Parameters
    ----------
    normalisations : sequence of Normalisation
        One of each frame; at least one, all of one kind, noise units without binning.
    dtype, restored_dtype : str
        Names of the pixel types: raw must be "uint16", or "uint8" for the caller to widen;
        restored must be "uint16".
    """
    if dtype not in WHOLE_TYPES or restored_dtype != "uint16" or not normalisations:
        return False
    kinds = {_kind(normalisation) for normalisation in normalisations}
    return len(kinds) == 1 and None not in kinds


def kind_of(normalisations: Sequence[Normalisation]) -> Kind:
    """Return the kind of normalisations that fit.

    Raises
    ------
    EngineError
        If there are none, they are of several kinds, or of one that no graph knows.
    """
    kinds = {_kind(normalisation) for normalisation in normalisations}
    kind = next(iter(kinds)) if len(kinds) == 1 else None
    if kind is None:
        names = ", ".join(sorted({type(each).__name__ for each in normalisations})) or "none"
        raise EngineError(
            f"tensorrt: a batch with the normalisations {names} does not fit one graph for counts; "
            "normalise it before, and use the graph for network units"
        )
    return kind


def pack_units(
    normalisations: Sequence[Normalisation],
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return the numbers of a batch that fits.

    Returns
    -------
    units : array, shape (n, UNIT_COUNTS[kind]), float32
        In the order of `UNIT_NAMES`.
    table : array, shape (n, TABLE_STEPS), float32, or None
        For noise units, the inverse's corrections of each frame's read noise, photons.

    Raises
    ------
    EngineError
        As for `kind_of`.
    """
    if kind_of(normalisations) == "window":
        windows = [each for each in normalisations if isinstance(each, IntensityWindow)]
        rows = [(each.low, 1.0 / (each.high - each.low), each.high - each.low) for each in windows]
        return np.array(rows, np.float32), None
    noises = [each.noise for each in normalisations if isinstance(each, NoiseUnits)]
    tables = [inverse_table(noise.read_noise_e) for noise in noises]
    units = [
        (
            noise.offset_adu,
            1 / noise.gain_adu_per_e,
            FLOOR + noise.read_noise_e**2,
            noise.gain_adu_per_e,
            table.first,
            table.steps_per_unit,
            table.slope_below,
        )
        for noise, table in zip(noises, tables, strict=True)
    ]
    corrections = np.empty((len(tables), TABLE_STEPS), np.float32)
    np.stack([table.corrections for table in tables], out=corrections)
    return np.array(units, np.float32), corrections


def _kind(normalisation: Normalisation) -> Kind | None:
    if isinstance(normalisation, IntensityWindow):
        return "window"
    if isinstance(normalisation, NoiseUnits) and normalisation.noise.binning == 1:
        return "noise"
    return None
