"""Knows what the operator recorded: frames of one field that stands still, at a few exposures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.frame import Pixels


@dataclass(frozen=True, slots=True)
class Series:
    """Frames of one exposure.

    Attributes
    ----------
    exposure_ms : float
        Above 0.
    frames : array, shape (n, y, x)
        Camera counts; n at least 1.
    name : str
        For people: the file's name.

    Raises
    ------
    UsageError
        If there is no frame, or the exposure is not above 0; names the series.
    """

    exposure_ms: float
    frames: Pixels
    name: str = "series"

    def __post_init__(self) -> None:
        if self.frames.ndim != 3 or len(self.frames) == 0:  # noqa: PLR2004 - n, y, x
            raise UsageError(f"{self.name}: no frames, or not of two axes: {self.frames.shape}")
        if not self.exposure_ms > 0:
            raise UsageError(
                f"{self.name}: an exposure of {self.exposure_ms:g} ms; give --exposure-ms above 0"
            )


def sort_series(series: Sequence[Series]) -> list[Series]:
    """Return the series from the shortest exposure to the longest, those of one exposure joined.

    Raises
    ------
    UsageError
        If there is none, or they differ in size or pixel type; names the series.
    """
    if not series:
        raise UsageError("advise: no recording was given; give one or more files")
    first = series[0]
    for each in series[1:]:
        if each.frames.shape[1:] != first.frames.shape[1:]:
            raise UsageError(
                f"{each.name} has frames of {each.frames.shape[1:]} pixels and {first.name} of "
                f"{first.frames.shape[1:]}: record one field with one camera mode"
            )
        if each.frames.dtype != first.frames.dtype:
            raise UsageError(
                f"{each.name} holds {each.frames.dtype} and {first.name} {first.frames.dtype}: "
                "record one field with one camera mode"
            )
    return [_join(series, exposure) for exposure in sorted({each.exposure_ms for each in series})]


def mean_counts(series: Series) -> NDArray[np.float64]:
    """Return the mean over the frames, camera counts, shape (y, x)."""
    return np.asarray(series.frames.mean(axis=0, dtype=np.float64))


def _join(series: Sequence[Series], exposure_ms: float) -> Series:
    alike = [each for each in series if each.exposure_ms == exposure_ms]
    frames = np.concatenate([each.frames for each in alike])
    return Series(exposure_ms, frames, " + ".join(each.name for each in alike))
