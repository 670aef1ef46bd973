"""Frames of a Micro-Manager that runs as a program of its own, by its ZMQ server; only watched."""

from livecare.sources.mm_bridge.settings import MmBridgeSettings
from livecare.sources.mm_bridge.source import MmBridgeSource

__all__ = ["MmBridgeSettings", "MmBridgeSource"]
