"""Knows what a channel is called for people."""

from livecare.frame import StreamInfo


def channel_name(info: StreamInfo | None, channel: int) -> str:
    """Return a channel's name; its number where the run is not known or does not name it."""
    names = () if info is None else info.channels
    return names[channel] if channel < len(names) else f"channel {channel}"
