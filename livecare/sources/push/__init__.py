"""Frames that any program sends by ZeroMQ, in the wire format."""

from livecare.sources.push.settings import DEFAULT_ENDPOINT, PushSettings
from livecare.sources.push.source import PushSource

__all__ = ["DEFAULT_ENDPOINT", "PushSettings", "PushSource"]
