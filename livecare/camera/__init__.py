"""What a camera is like: measured from its frames, kept per mode, found again by metadata."""

from livecare.camera.calibration import Calibration, Measured, PixelMaps
from livecare.camera.dark_and_light import measure_dark_and_light
from livecare.camera.key import CameraKey, key_of_metadata, read_readout
from livecare.camera.scene import measure_scene

__all__ = [
    "Calibration",
    "CameraKey",
    "Measured",
    "PixelMaps",
    "key_of_metadata",
    "measure_dark_and_light",
    "measure_scene",
    "read_readout",
]
