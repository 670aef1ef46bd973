"""Knows how the pixel under the crosshair reads: its stored values, and what is expected."""

from typing import Final

from livecare.frame import StreamInfo
from livecare.viewer.display.channel_name import channel_name
from livecare.viewer.display.interval import raw_spread
from livecare.viewer.display.numbers import value_text
from livecare.viewer.display.sureness import Tables, truth_within
from livecare.viewer.picture.hover import ChannelValue, Hover
from livecare.viewer.seen import View

NOWHERE: Final = "Point at the picture to read its values."


def hover_words(
    hover: Hover | None, view: View, info: StreamInfo | None, tables: Tables | None = None
) -> str:
    """Return a line about the pixel under the crosshair.

    Parameters
    ----------
    hover : Hover or None
        What is there; None where nothing is.
    view : View
        What is shown: says how the frame was restored.
    info : StreamInfo or None
        The run: names of channels, size of a pixel.
    tables : mapping of int to SpreadTable or None
        What errors the model predicts, by channel; None where that is not known.
    """
    if hover is None:
        return NOWHERE
    several = len(view.channels) > 1
    parts = [_place(hover, info)]
    for value in hover.channels:
        truth = _truth(hover, value.channel, view, tables or {})
        parts.append(_channel(value, view, info if several else None, truth))
    return "   ·   ".join(parts)


def _place(hover: Hover, info: StreamInfo | None) -> str:
    place = f"y {hover.y}, x {hover.x}"
    if info is None or info.pixel_size_um is None:
        return place
    um = info.pixel_size_um
    return f"{place} ({hover.y * um:.1f}, {hover.x * um:.1f} µm)"


def _channel(value: ChannelValue, view: View, info: StreamInfo | None, truth: float | None) -> str:
    parts = [f"raw {value_text(value.raw)}", f"restored {value_text(value.restored)}"]
    spread = _spread(value, view)
    if spread is not None:
        parts.append(f"(raw expected within ± {value_text(spread)})")
    if truth is not None:
        parts.append(f"(truth within ± {value_text(truth)} in 90 %)")
    name = "" if info is None else f"{channel_name(info, value.channel)}: "
    return name + "  ".join(parts)


def _spread(value: ChannelValue, view: View) -> float | None:
    shown = view.channels[value.channel].restored if value.channel < len(view.channels) else None
    if value.restored is None or shown is None or not shown.restored:
        return None
    if shown.reduction != 1:  # a mean varies less than a pixel
        return None
    return raw_spread(value.restored, shown.restoration)


def _truth(hover: Hover, channel: int, view: View, tables: Tables) -> float | None:
    shown = view.channels[channel].restored if channel < len(view.channels) else None
    if shown is None or not shown.restored or shown.reduction != 1 or channel not in tables:
        return None
    return truth_within(shown.pixels, hover.y, hover.x, tables[channel])
