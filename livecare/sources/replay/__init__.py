"""Recordings from files, as if a camera took them now."""

from livecare.sources.replay.reels import find_recordings
from livecare.sources.replay.settings import ReplaySettings
from livecare.sources.replay.source import ReplaySource

__all__ = ["ReplaySettings", "ReplaySource", "find_recordings"]
