"""Which calibration a run takes the camera's values from, if any."""

from typing import NamedTuple

from livecare.camera.calibration import Calibration
from livecare.camera.key import key_of_metadata
from livecare.camera.shelf import matching
from livecare.config import Config
from livecare.frame import StreamInfo
from livecare.logs import logger


class Calibrated(NamedTuple):
    """A calibration that serves a stream, and what it is called."""

    calibration: Calibration
    origin: str


def find_calibration(config: Config, info: StreamInfo) -> Calibrated | None:
    """Return the calibration of exactly this camera in this mode.

    None where there is none, it cannot be used, the configuration gives the camera's values, or
    it wants them from the frames.
    """
    section = config.restorer
    if not section.calibrations or section.camera is not None:
        return None
    key = key_of_metadata(info.dtype, info.detail)
    try:
        entry = None if key is None else matching(key)
    except (OSError, ValueError) as error:
        logger().warning("calibrations cannot be read", why=str(error))
        return None
    if entry is None or entry.calibration is None or not entry.calibration.serves:
        return None
    return Calibrated(entry.calibration, entry.origin)
