"""Frames of a Micro-Manager core that runs in this process; imports pymmcore only when opened."""

from livecare.sources.micromanager.settings import (
    MicroManagerReference,
    MicroManagerSettings,
    demo_settings,
)
from livecare.sources.micromanager.source import MicroManagerSource

__all__ = ["MicroManagerReference", "MicroManagerSettings", "MicroManagerSource", "demo_settings"]
