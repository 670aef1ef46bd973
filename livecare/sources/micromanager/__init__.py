"""Frames of a Micro-Manager core that runs in this process; imports pymmcore only when opened."""

from livecare.sources.micromanager.settings import MicroManagerSettings, demo_settings
from livecare.sources.micromanager.source import MicroManagerSource

__all__ = ["MicroManagerSettings", "MicroManagerSource", "demo_settings"]
