"""Normalisation: how camera counts become what a network was trained on, and back.

Two questions, two nouns: a `Normaliser` chooses the normalisation of each frame of a recording, a
`Normalisation` is what one frame then goes through.
"""

from collections.abc import Mapping

from livecare.errors import ConfigError
from livecare.models.anscombe import CameraNoise
from livecare.models.following import Ema
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalisation import KINDS, Kind, Normalisation
from livecare.models.normaliser import Anscombe, Fixed, Normaliser, PerFrame
from livecare.models.window import (
    HIGH_PERCENTILE,
    LOW_PERCENTILE,
    IntensityWindow,
    write_counts,
)

__all__ = [
    "HIGH_PERCENTILE",
    "KINDS",
    "LOW_PERCENTILE",
    "Anscombe",
    "CameraNoise",
    "Ema",
    "Fixed",
    "IntensityWindow",
    "Kind",
    "NoiseUnits",
    "Normalisation",
    "Normaliser",
    "PerFrame",
    "continue_normaliser",
    "write_counts",
]


def continue_normaliser(
    kind: Kind,
    record: Mapping[str, float],
    low_percentile: float = LOW_PERCENTILE,
    high_percentile: float = HIGH_PERCENTILE,
) -> Normaliser:
    """Make a normaliser that goes on where another one was.

    Parameters
    ----------
    kind : Kind
        Its kind.
    record : mapping
        What `record()` gave for its latest frame, or for its `present` normalisation.
    low_percentile, high_percentile : float
        Percentiles that become 0 and 1, in 0 ... 100; for "ema" and "per-frame".

    Raises
    ------
    ConfigError
        If the record lacks a number of that kind, or one is out of range.
    """
    try:
        if kind == "anscombe":
            gain, offset, read_noise, binning = (
                record[key] for key in ("gain", "offset", "read_noise", "binning")
            )
            return Anscombe(CameraNoise(gain, offset, read_noise, int(binning)))
        window = IntensityWindow(record["low"], record["high"])
    except KeyError as error:
        raise ConfigError(
            f"normalisation: '{kind}' needs {error}, and only {', '.join(record)} is known; "
            "restore the recording anew"
        ) from error
    if kind == "fixed":
        return Fixed(window)
    if kind == "ema":
        return Ema(window, low_percentile, high_percentile)
    return PerFrame(low_percentile, high_percentile)
