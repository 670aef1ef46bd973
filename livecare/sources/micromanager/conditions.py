"""Knows what surrounds frames and is written on none: exposure, channel, pixel size, stages."""

from collections.abc import Callable
from typing import Any, Final

from livecare.camera.core_series import CORE_ERRORS
from livecare.camera.key import read_readout
from livecare.sources.clock import NS_PER_S, Clock
from livecare.sources.micromanager.core import Core

LOOK_EVERY_NS: Final = NS_PER_S
"""How often a running sequence's conditions are looked at: people turn knobs no faster."""

Glance = tuple[str, float, float, str]
"""Camera, exposure (ms), pixel size (µm) and channel: what a core tells without asking hardware."""


def read_conditions(core: Core) -> dict[str, Any]:
    """Read everything, stages too; JSON values only."""
    camera, exposure_ms, pixel_size_um, channel = glance(core)
    return {
        "camera": camera,
        "core": core.getVersionInfo(),
        "exposure_ms": exposure_ms,
        "pixel_size_um": pixel_size_um or None,  # 0 means that it is not calibrated
        "channel": channel or None,
        "bit_depth": core.getImageBitDepth(),
        "binning": core.getProperty(camera, "Binning")
        if core.hasProperty(camera, "Binning")
        else None,
        "readout": read_readout(core, camera),
        "stage_um": {
            "x": _position(core.getXYStageDevice, core.getXPosition),
            "y": _position(core.getXYStageDevice, core.getYPosition),
            "z": _position(core.getFocusDevice, core.getPosition),
        },
    }


def glance(core: Core) -> Glance:
    """Read what costs microseconds and touches no device but the camera."""
    group = core.getChannelGroup()
    channel = core.getCurrentConfigFromCache(group) if group else ""
    return core.getCameraDevice(), core.getExposure(), core.getPixelSizeUm(True), channel


def _position(device: Callable[[], str], read_um: Callable[[], float]) -> float | None:
    """Read a stage; None where there is none, or it does not answer: frames come all the same."""
    try:
        return read_um() if device() else None
    except CORE_ERRORS:
        return None


class ConditionWatch:
    """Says when conditions changed.

    Stages are read when a sequence begins and when anything else changed, never in between: to
    ask them takes milliseconds of their line, which is their owner's.
    """

    def __init__(self, core: Core, clock: Clock) -> None:
        self._core = core
        self._clock = clock
        self._due_ns = 0
        self._seen: Glance | None = None
        self._known: dict[str, Any] = {}

    def read(self) -> dict[str, Any]:
        """Read all conditions now."""
        self._due_ns = self._clock.now_ns() + LOOK_EVERY_NS
        self._seen = glance(self._core)
        self._known = read_conditions(self._core)
        return self._known

    def news(self) -> dict[str, Any] | None:
        """Read all conditions if a second has passed and one changed; else None."""
        if self._clock.now_ns() < self._due_ns:
            return None
        self._due_ns = self._clock.now_ns() + LOOK_EVERY_NS
        return self.read() if glance(self._core) != self._seen else None

    def compare(self) -> dict[str, Any] | None:
        """Read all conditions now; None if none differs from what was known."""
        known = self._known
        return self.read() if read_conditions(self._core) != known else None
