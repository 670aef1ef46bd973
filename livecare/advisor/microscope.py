"""Knows how a Micro-Manager core records a short series, and takes an exposure."""

import contextlib
from collections.abc import Sequence
from typing import Final, cast

import numpy as np

from livecare.advisor.series import Series
from livecare.camera.core_series import CORE_ERRORS, SnapCore
from livecare.errors import SourceError
from livecare.sources.micromanager import MicroManagerSettings
from livecare.sources.micromanager.core import configure, load_core

TOLERANCE: Final = 0.02
"""Relative difference of the exposure that was asked for and the one that the camera took."""


def open_core(config: str, adapter_path: str | None) -> SnapCore:
    """Load a configuration (.cfg, or "demo").

    Raises
    ------
    MissingExtraError
        If pymmcore is not installed.
    SourceError
        If the configuration cannot be loaded or has no camera.
    """
    settings = MicroManagerSettings(config=config, adapter_path=adapter_path)
    core = load_core(settings)
    configure(core, settings)
    return cast("SnapCore", core)


def record_series(core: SnapCore, exposures_ms: Sequence[float], frames: int) -> list[Series]:
    """Take some frames at each exposure, shortest first; leaves the exposure as it was.

    Raises
    ------
    SourceError
        If the camera fails or does not take an exposure; names it.
    """
    try:
        before = core.getExposure()
    except CORE_ERRORS as error:
        raise SourceError(f"micromanager: the camera does not say its exposure: {error}") from error
    try:
        return [_snap(core, exposure, frames) for exposure in sorted(exposures_ms)]
    finally:
        with contextlib.suppress(*CORE_ERRORS):
            core.setExposure(before)


def set_exposure(core: SnapCore, exposure_ms: float) -> float:
    """Set an exposure; returns the one that the camera took, ms. Raises SourceError."""
    try:
        core.setExposure(exposure_ms)
        return core.getExposure()
    except CORE_ERRORS as error:
        raise SourceError(
            f"micromanager: cannot set the exposure to {exposure_ms:g} ms: {error}"
        ) from error


def _snap(core: SnapCore, exposure_ms: float, frames: int) -> Series:
    taken = set_exposure(core, exposure_ms)
    if abs(taken / exposure_ms - 1) > TOLERANCE:
        raise SourceError(
            f"micromanager: asked for {exposure_ms:g} ms the camera takes {taken:g} ms; give an "
            "exposure that it can take"
        )
    stack = []
    for number in range(frames):
        try:
            core.snapImage()
            stack.append(np.array(core.getImage()))
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: frame {number} of {exposure_ms:g} ms cannot be taken: {error}; "
                "see the core's log"
            ) from error
    return Series(exposure_ms, np.stack(stack), f"{exposure_ms:g} ms")
