"""Knows what may be set in a run, what it may be, and how a mistake is explained."""

from livecare.config.mistake import Mistake
from livecare.config.mistakes import parted
from livecare.config.origin import Origin
from livecare.config.reading import look_through, make_config, read_config
from livecare.config.schema import Config, config_schema
from livecare.config.sections import CameraSection, RestorerSection

__all__ = [
    "CameraSection",
    "Config",
    "Mistake",
    "Origin",
    "RestorerSection",
    "config_schema",
    "look_through",
    "make_config",
    "parted",
    "read_config",
]
