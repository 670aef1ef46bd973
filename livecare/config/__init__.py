"""Knows what may be set in a run, what it may be, and how a mistake is explained."""

from livecare.config.reading import make_config, read_config
from livecare.config.schema import Config, config_schema
from livecare.config.sections import CameraSection, RestorerSection

__all__ = [
    "CameraSection",
    "Config",
    "RestorerSection",
    "config_schema",
    "make_config",
    "read_config",
]
