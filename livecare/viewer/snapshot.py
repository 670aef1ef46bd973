"""Knows what a snapshot is: a picture to look at, and the raw and restored pixels as stored."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import StreamInfo
from livecare.sinks.ome import RESTORED_NOTE
from livecare.viewer.display.channel_name import channel_name
from livecare.viewer.display.colours import OPAQUE, Screen
from livecare.viewer.display.full_scale import full_scale
from livecare.viewer.display.numbers import count_text
from livecare.viewer.display.png import encode_screen
from livecare.viewer.display.region import whole_frame
from livecare.viewer.display.render import colour_pixels, composite
from livecare.viewer.display.sheet import Panel, Words, lay_out
from livecare.viewer.display.stored_tiff import Plane, encode_planes
from livecare.viewer.new_files import write_new
from livecare.viewer.seen import SeenFrame, View
from livecare.viewer.styles import ChannelStyle

_NS_PER_S: Final = 1_000_000_000

Annotate = Callable[[Screen, Sequence[Words]], None]
"""Draws words into a picture in place; the boxes that they name are left dark for them."""

_Frames = Mapping[int, SeenFrame]
"""The frames of a lane by channel."""


def write_snapshot(
    folder: Path,
    view: View,
    styles: Sequence[ChannelStyle],
    info: StreamInfo | None,
    *,
    when: datetime,
    annotate: Annotate | None = None,
) -> list[Path]:
    """Write what is shown, and return the files; none is ever overwritten.

    NAME.png has raw and restored frames side by side, every pixel of the channels that are shown.
    NAME-raw.ome.tif and NAME-restored.ome.tif have all channels, exactly as stored, where there are
    such frames; one that was passed on as raw is no restored frame.

    Parameters
    ----------
    folder : Path
        Where to write; made if it is not there.
    view : View
        What is shown.
    styles : sequence of ChannelStyle
        How its channels look; a channel without a style is grey.
    info : StreamInfo or None
        The run.
    when : datetime
        Now, in the operator's time zone; the files are named after it.
    annotate : callable or None
        Draws words into the picture; None leaves them out.

    Raises
    ------
    UsageError
        If no frame is shown, or the files cannot be written; names the folder.
    """
    shown = enumerate(view.channels)
    pairs = [(channel, each.raw, each.restored) for channel, each in shown]
    raw = _alike({channel: frame for channel, frame, _ in pairs if frame is not None})
    restored = _alike({c: frame for c, _, frame in pairs if frame is not None and frame.restored})
    if not raw and not restored:
        raise UsageError("a snapshot needs a frame, and none has come yet: start the camera")
    sheet = _sheet(raw, restored, styles, info, when, annotate)
    contents = {".png": encode_screen(sheet), **_stored(raw, restored, info)}
    number = _first(raw or restored).header.sequence
    name = f"livecare-{when:%Y%m%d-%H%M%S}-frame-{number}"
    return write_new("the snapshot", folder, name, contents)


def _alike(frames: _Frames) -> _Frames:
    """Leave out frames that cannot share a picture with the first one."""
    kinds = {each: (frame.pixels.shape, frame.pixels.dtype) for each, frame in frames.items()}
    first = next(iter(kinds.values()), None)
    return {channel: frame for channel, frame in frames.items() if kinds[channel] == first}


def _stored(raw: _Frames, restored: _Frames, info: StreamInfo | None) -> dict[str, bytes]:
    """Make the TIFF of each lane that has frames, by the end of its name."""
    contents = {}
    for lane, frames in (("raw", raw), ("restored", restored)):
        if frames:
            planes = [Plane(channel_name(info, channel), each) for channel, each in frames.items()]
            contents[f"-{lane}.ome.tif"] = encode_planes(planes, info)
    return contents


def _sheet(
    raw: _Frames,
    restored: _Frames,
    styles: Sequence[ChannelStyle],
    info: StreamInfo | None,
    when: datetime,
    annotate: Annotate | None,
) -> Screen:
    panels = []
    if raw:
        above = ("RAW", "as the camera gave it")
        panels.append(
            Panel(_screen(raw, styles, info), above, (_instant(_first(raw), info, when),))
        )
    if restored:
        frame = _first(restored)
        below = (_instant(frame, info, when), _maker(frame))
        above = ("RESTORED", RESTORED_NOTE)
        panels.append(Panel(_screen(restored, styles, info), above, below))
    reduction = _first(raw or restored).reduction
    known = info.pixel_size_um if info else None
    sheet, words = lay_out(panels, known * reduction if known else None)
    if annotate:
        annotate(sheet, words)
    return sheet


def _screen(frames: _Frames, styles: Sequence[ChannelStyle], info: StreamInfo | None) -> Screen:
    """Draw the channels that are shown; black where none is."""
    screens = [np.full(_first(frames).pixels.shape, OPAQUE, np.uint32)]
    for channel, frame in frames.items():
        style = styles[channel] if channel < len(styles) else ChannelStyle()
        if style.shown:
            screens.append(
                colour_pixels(
                    frame.pixels,
                    whole_frame(frame.pixels.shape),
                    style.restored if frame.restored else style.raw,
                    style.gamma,
                    style.colour,
                    warnings=style.warnings,
                    saturation=None if frame.restored else full_scale(info),
                )
            )
    return composite(screens)


def _instant(frame: SeenFrame, info: StreamInfo | None, when: datetime) -> str:
    """Say which frame it is and when it came; without its run, when the snapshot was taken."""
    number = f"frame {count_text(frame.header.sequence)}"
    if info is None or info.run_id != frame.run_id:
        return f"saved {when:%Y-%m-%d %H:%M:%S}, {number}"
    after = frame.header.received_ns - info.started_monotonic_ns
    came = datetime.fromtimestamp((info.started_wall_ns + after) / _NS_PER_S, when.tzinfo)
    return f"{came:%Y-%m-%d %H:%M:%S}.{came.microsecond // 1000:03d}, {number}"


def _maker(frame: SeenFrame) -> str:
    made = frame.restoration
    return f"{made.model} on {made.engine} ({made.precision})" if made else ""


def _first(frames: _Frames) -> SeenFrame:
    return next(iter(frames.values()))
