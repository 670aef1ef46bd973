"""Knows what stands under the crosshair: the stored values of one pixel, exactly as they are."""

from dataclasses import dataclass

from livecare.viewer.seen import SeenFrame, View


@dataclass(frozen=True, slots=True)
class ChannelValue:
    """What one channel holds at a pixel.

    Attributes
    ----------
    channel : int
        Index of the channel.
    raw, restored : int, float or None
        The stored values; None where there is no frame. Of a reduced frame, the value of the block
        of pixels that it lies in.
    raw_sequence, restored_sequence : int or None
        Which frames they were read from.
    """

    channel: int
    raw: float | None
    restored: float | None
    raw_sequence: int | None
    restored_sequence: int | None


@dataclass(frozen=True, slots=True)
class Hover:
    """The pixel under the crosshair.

    Attributes
    ----------
    y, x : int
        Row and column, camera pixels.
    channels : tuple of ChannelValue
        The channels that are shown.
    """

    y: int
    x: int
    channels: tuple[ChannelValue, ...]


def value_at(frame: SeenFrame | None, y: int, x: int) -> float | None:
    """Read the stored value that camera pixel `(y, x)` belongs to; None outside the frame."""
    if frame is None or y < 0 or x < 0:
        return None
    row, column = y // frame.reduction, x // frame.reduction
    rows, columns = frame.pixels.shape
    if row >= rows or column >= columns:
        return None
    value: float = frame.pixels[row, column].item()
    return value


def hover_at(view: View, channels: tuple[int, ...], y: int, x: int) -> Hover:
    """Read what these channels hold at a pixel."""
    return Hover(y, x, tuple(_channel_value(view, channel, y, x) for channel in channels))


def _channel_value(view: View, channel: int, y: int, x: int) -> ChannelValue:
    seen = view.channels[channel]
    raw, restored = value_at(seen.raw, y, x), value_at(seen.restored, y, x)
    return ChannelValue(
        channel,
        raw,
        restored,
        None if raw is None or seen.raw is None else seen.raw.header.sequence,
        None if restored is None or seen.restored is None else seen.restored.header.sequence,
    )
