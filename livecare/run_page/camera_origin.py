"""Knows where the camera's values in a recording come from, as far as the recording says."""

from collections.abc import Mapping
from typing import Any, Final

CALIBRATION: Final = "calibration"
"""Key of a run's settings: the calibration that the values were taken from, for people; "" for
none. Recordings that do not say so have no such key."""


def camera_origin(settings: Mapping[str, Any]) -> str:
    """Return it for people, from the settings that the run was started with."""
    restorer = settings.get("restorer")
    if not isinstance(restorer, Mapping):
        return ""
    if restorer.get("camera") is not None:
        return "as configured"
    if settings.get(CALIBRATION):
        return f"from the {settings[CALIBRATION]}"
    if restorer.get("calibrations") and CALIBRATION not in settings:
        return "from a calibration of the camera, if there was one, or estimated from the frames"
    return "estimated from the first frames"
