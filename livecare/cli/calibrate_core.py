"""`livecare calibrate --config`: dark frames and exposures from a Micro-Manager core."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from livecare.camera import Calibration, PixelMaps, measure_dark_and_light
from livecare.camera.core_series import CoreSeries, SnapCore, key_of_core
from livecare.cli.calibrate_options import read_settings
from livecare.errors import ConfigError
from livecare.sources.micromanager.core import configure, load_core
from livecare.sources.micromanager.settings import MicroManagerSettings

DARK_PER_LEVEL: Final = 2
"""Dark frames, in frames of a light level: they fix offset and read noise of every pixel."""


def measure_core(
    config: str,
    adapter_path: Path | None,
    properties: Sequence[str],
    exposures_ms: str,
    dark_exposure_ms: float | None,
    per_level: int,
) -> tuple[Calibration, PixelMaps]:
    """Take dark frames and a series of exposures, and measure the camera.

    Raises
    ------
    ConfigError
        If the exposures or properties cannot be read, or the frames do not show their camera.
    SourceError
        If the camera does not do what it is asked.
    """
    exposures = _exposures(exposures_ms)
    settings = MicroManagerSettings(
        config=config,
        adapter_path=None if adapter_path is None else str(adapter_path),
        properties=read_settings("--property", properties, "Gain=2"),
    )
    core = load_core(settings)
    configure(core, settings)
    snapping = cast("SnapCore", core)
    key = key_of_core(snapping)
    taking = CoreSeries(snapping, per_level)
    shortest = min(exposures) if dark_exposure_ms is None else dark_exposure_ms
    dark = taking.dark(shortest, DARK_PER_LEVEL * per_level)
    return measure_dark_and_light(dark, taking.light(exposures), key)


def _exposures(text: str) -> list[float]:
    try:
        exposures = [float(each) for each in text.split(",")]
    except ValueError:
        exposures = []
    if not exposures or not all(0 < each < math.inf for each in exposures):
        raise ConfigError(f"--exposures-ms {text}: give milliseconds above 0, such as 5,10,20")
    return exposures
