"""Knows what stands on the raw and on the restored side, and what has to be said there; no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from livecare.frame import StreamInfo
from livecare.sinks.ome import RESTORED_NOTE
from livecare.viewer.display.channel_name import channel_name
from livecare.viewer.display.full_scale import full_scale
from livecare.viewer.picture.content import Composite, Content, Difference, Layer
from livecare.viewer.seen import ChannelView, SeenFrame, View
from livecare.viewer.styles import ChannelStyle

Kind = Literal["raw", "restored", "difference"]
"""What a side holds, as it is coloured and placed."""

RAW_TAG: Final = "RAW"
RESTORED_TAG: Final = "RESTORED"
PASSED_TAG: Final = "RAW (not restored)"
"""Of a restored side whose frames passed through as they came."""
DIFFERENCE_TAG: Final = "RAW − RESTORED"
NO_RAW: Final = "no raw frame yet"
NO_RESTORED: Final = "no restored frame yet"
OTHER_SIZE: Final = "the restored frame has another size than the raw one"
HIDDEN: Final = "every channel is hidden"
NO_SOURCE: Final = "no raw frame was seen beside the restored one"

NS_PER_MS: Final = 1_000_000
"""Nanoseconds in a millisecond."""
NS_PER_S: Final = 1_000_000_000
"""Nanoseconds in a second."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the picture.

    Attributes
    ----------
    kind : Kind
        What it holds.
    tag : str
        What it is called, in large letters.
    content : Content or None
        What is drawn.
    warning : str
        What stands under the tag; empty for nothing.
    lines : tuple of str
        Which frame it is, and what is to be known of it.
    note : str
        What stands in the middle where nothing is drawn.
    """

    kind: Kind
    tag: str
    content: Content | None = None
    warning: str = ""
    lines: tuple[str, ...] = ()
    note: str = ""


def shown_channels(view: View, styles: Sequence[ChannelStyle]) -> tuple[int, ...]:
    """Give the channels that are part of the picture; one without a style is."""
    return tuple(
        channel
        for channel in range(len(view.channels))
        if channel >= len(styles) or styles[channel].shown
    )


def picture_shape(view: View, channels: Sequence[int]) -> tuple[int, int] | None:
    """Give the camera's rows and columns of what is shown; None before the first frame."""
    seen = [view.channels[channel] for channel in channels] or view.channels
    frames = [each.raw for each in seen] + [each.restored for each in seen]
    return next((frame.header.shape_yx for frame in frames if frame is not None), None)


def raw_side(view: View, info: StreamInfo | None, styles: Sequence[ChannelStyle]) -> Side:
    """Say what stands on the raw side."""
    channels = shown_channels(view, styles)
    frames = {channel: view.channels[channel].raw for channel in channels}
    shape = picture_shape(view, channels)
    content = _composite(frames, styles, shape, saturation=full_scale(info))
    if content is None:
        return Side("raw", RAW_TAG, note=NO_RAW if channels or not view.channels else HIDDEN)
    shown = [layer.frame for layer in content.layers]
    line = _which(shown)
    if info is not None and shown[0].run_id == info.run_id:
        elapsed_ns = shown[0].header.received_ns - info.started_monotonic_ns
        line += f" · {max(elapsed_ns, 0) / NS_PER_S:,.1f} s after the start"
    return Side("raw", RAW_TAG, content, lines=(line,))


def restored_side(
    view: View, info: StreamInfo | None, styles: Sequence[ChannelStyle], note: str = ""
) -> Side:
    """Say what stands on the restored side.

    Parameters
    ----------
    view : View
        What is shown.
    info : StreamInfo or None
        The run, for the channels' names.
    styles : sequence of ChannelStyle
        How the channels look.
    note : str
        Why there is no restored frame, or only raw ones that passed through, where that is so.
    """
    channels = shown_channels(view, styles)
    shape = picture_shape(view, channels)
    frames = {channel: view.channels[channel].restored for channel in channels}
    content = _composite(frames, styles, shape, restored=True)
    if content is None:
        if any(frames.values()):
            note = OTHER_SIZE
        elif view.channels and not channels:
            note = HIDDEN
        return Side("restored", RESTORED_TAG, note=note or NO_RESTORED)
    passed = [channel for channel in channels if _passed(frames[channel])]
    shown = [layer.frame for layer in content.layers]
    lines: tuple[str, ...] = (_behind([view.channels[channel] for channel in channels], shown),)
    if not any(frame.restored for frame in shown):
        return Side("raw", PASSED_TAG, content, lines=(*lines, note) if note else lines)
    names = ", ".join(channel_name(info, channel) for channel in passed)
    if names:
        lines = (*lines, f"{names}: raw, not restored")
    return Side("restored", RESTORED_TAG, content, warning=RESTORED_NOTE, lines=lines)


def difference_source(
    view: View, styles: Sequence[ChannelStyle]
) -> tuple[int, SeenFrame, SeenFrame] | None:
    """Give the first channel of which a raw frame and what was made from it are here, and both."""
    for channel in shown_channels(view, styles):
        seen = view.channels[channel]
        raw, restored = seen.source, seen.restored
        if raw is None or restored is None or not restored.restored:
            continue
        if raw.pixels.shape == restored.pixels.shape and raw.reduction == restored.reduction:
            return channel, raw, restored
    return None


def difference_side(
    found: tuple[int, SeenFrame, SeenFrame] | None, scale: float, info: StreamInfo | None, note: str
) -> Side:
    """Say what stands in the difference: of one channel, at a scale in units of the pixels."""
    if found is None:
        return Side("difference", DIFFERENCE_TAG, note=note or NO_SOURCE)
    channel, raw, restored = found
    name = (
        f"{channel_name(info, channel)} · " if info is not None and len(info.channels) > 1 else ""
    )
    lines = (
        f"{name}{_which([restored])}",
        f"blue: raw is darker · orange: brighter · full colour at ± {scale:.3g}",
    )
    return Side(
        "difference", DIFFERENCE_TAG, Difference(raw, restored, scale), RESTORED_NOTE, lines=lines
    )


def _composite(
    frames: dict[int, SeenFrame | None],
    styles: Sequence[ChannelStyle],
    shape_yx: tuple[int, int] | None,
    *,
    restored: bool = False,
    saturation: float | None = None,
) -> Composite | None:
    """Lay the frames of one shape over each other; those of another are left out."""
    layers: list[Layer] = []
    for channel, frame in frames.items():
        if frame is None or frame.header.shape_yx != shape_yx:
            continue
        if layers and layers[0].frame.pixels.shape != frame.pixels.shape:
            continue
        style = styles[channel] if channel < len(styles) else ChannelStyle()
        levels = style.restored if restored else style.raw
        layers.append(Layer(frame, style, levels, saturation))
    return Composite(tuple(layers)) if layers else None


def _passed(frame: SeenFrame | None) -> bool:
    return frame is not None and not frame.restored


def _which(frames: Sequence[SeenFrame]) -> str:
    sequences = sorted(frame.header.sequence for frame in frames)
    first, last = sequences[0], sequences[-1]
    return f"frame {first:,}" if first == last else f"frames {first:,} to {last:,}"


def _behind(channels: Sequence[ChannelView], shown: Sequence[SeenFrame]) -> str:
    """Say which frames are on the restored side, and how far they are from the raw ones."""
    seen = [each for each in channels if each.raw is not None and each.restored is not None]
    behind = max((_frames_behind(each) for each in seen), key=abs, default=0)
    made = [frame for frame in shown if frame.restored]
    name = f"restored is of {_which(shown)}" if made else _which(shown)
    if behind > 0:
        return f"{name}, {_frames(behind)} behind"
    if behind < 0:
        return f"{name}, raw is {_frames(-behind)} behind"
    if not made or made[0].restoration is None:
        return _which(shown)
    delay_ns = made[0].restoration.published_ns - made[0].header.received_ns
    return f"{_which(shown)} · ready after {max(delay_ns, 0) / NS_PER_MS:,.0f} ms"


def _frames_behind(seen: ChannelView) -> int:
    if seen.raw is None or seen.restored is None:
        return 0
    return seen.raw.header.sequence - seen.restored.header.sequence


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count:,} frames"
