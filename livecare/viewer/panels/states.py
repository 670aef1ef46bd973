"""Knows how a run's state reads in plain words; no Qt."""

from typing import Final

from livecare.link.telemetry import Telemetry

STAGES: Final = {
    "starting": "Getting ready",
    "acquiring": "Running",
    "draining": "Ending: the last frames are being stored",
    "backfilling": "Restoring the frames that were skipped",
    "finishing": "Closing the recording",
    "ended": "Ended",
}
"""What a run is doing, by its stage."""

UNRESTORED: Final = "frames pass through unrestored"
"""What is seen while no engine is ready."""

RESTORERS: Final = {
    "off": "off: nothing is restored",
    "starting": f"starting: {UNRESTORED}",
    "building": f"building an engine: {UNRESTORED}",
    "ready": "ready",
    "degraded": "degraded: less is restored than comes",
    "restarting": f"restarting: {UNRESTORED}",
    "given up": "given up: recording goes on, nothing is restored",
}
"""What restores, by its state."""


def stage_words(telemetry: Telemetry) -> str:
    """Return what the run is doing."""
    return STAGES.get(telemetry.stage, telemetry.stage)


def restorer_words(telemetry: Telemetry) -> str:
    """Return what the restorer is doing, and whether it was restarted."""
    words = RESTORERS.get(telemetry.restorer, telemetry.restorer)
    if telemetry.restarts == 0 or telemetry.restorer == "off":
        return words
    times = "once" if telemetry.restarts == 1 else f"{telemetry.restarts} times"
    return f"{words}; restarted {times}"


def restorer_fine(telemetry: Telemetry) -> bool:
    """Tell whether the restorer does what it was asked: restores, or is meant to be off."""
    return telemetry.restorer in ("ready", "off")
