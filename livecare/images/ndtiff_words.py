"""What an NDTiff data set says besides pixels: a summary per file and a text per frame."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from livecare.images.ndtiff_index import Entry
from livecare.images.tiff_spacing import Spacing, micromanager_spacing
from livecare.images.units import micrometres

_HEAD: Final = struct.Struct("<7I")
"""First bytes of a file: TIFF's own eight, Micro-Manager's mark, the version (one number in
version 2, two later), the summary's mark and its length."""

_SUMMARY_MARK: Final = 2355492
"""Stands before the length of the summary."""
_SUMMARY_MAX: Final = 1 << 24
"""Bytes of a summary, at most; they take some kB."""

_CHANNEL: Final = "Channel"
"""Key of the channel preset that was active when a frame was taken."""

_ELAPSED_MS: Final = "ElapsedTime-ms"
"""Key of the time since the acquisition began, ms."""

_INTENDED_Z_UM: Final = "ZPosition_um_Intended"
"""Key of where the stage was sent for a frame, µm."""

_NS_PER_MS: Final = 1_000_000
"""Nanoseconds of a millisecond."""


def read_summary(stack: Path) -> Mapping[str, Any]:
    """Return what a file says of the whole acquisition; {} where it is damaged.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with stack.open("rb") as stream:
        head = stream.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return {}
        numbers = _HEAD.unpack(head)
        for mark in (4, 5):
            if numbers[mark] == _SUMMARY_MARK:
                stream.seek((mark + 2) * 4)
                size = struct.unpack("<I", head[(mark + 1) * 4 : (mark + 2) * 4])[0]
                return as_text(stream.read(min(size, _SUMMARY_MAX)))
    return {}


def as_text(content: bytes) -> Mapping[str, Any]:
    """Return a JSON object; {} where it is damaged, as pixels matter more."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def spacing(summary: Mapping[str, Any], text: Mapping[str, Any]) -> Spacing:
    """Return the spacing of pixels, planes and time points that summary and first frame say."""
    whole, frame = micromanager_spacing(summary), micromanager_spacing(text)
    return Spacing(
        pixel_size_um=micrometres(text.get("PixelSizeUm"))
        or frame.pixel_size_um
        or whole.pixel_size_um,
        z_step_um=frame.z_step_um or micrometres(text.get("ZStepUm")) or whole.z_step_um,
        interval_s=frame.interval_s or whole.interval_s,
        channels=whole.channels,
    )


def channel_name(entry: Entry, text: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Name the channel of a frame: as the index does, or its text, or the summary's list."""
    channel = entry.axes.get("channel", 0)
    if isinstance(channel, str) and channel:
        return channel
    preset = text.get(_CHANNEL)
    if "channel" in entry.axes and isinstance(preset, str) and preset:
        return preset
    if isinstance(channel, int) and 0 <= channel < len(names) and names[channel]:
        return names[channel]
    return f"channel {channel}"


def camera_time_ns(text: Mapping[str, Any]) -> int | None:
    """Return when a frame was taken, ns since the acquisition began; None where unknown."""
    elapsed = _number(text.get(_ELAPSED_MS))
    return None if elapsed is None else round(elapsed * _NS_PER_MS)


def z_step_um(first: Mapping[str, Any], next_plane: Mapping[str, Any]) -> float | None:
    """Return the distance of two neighbouring planes, µm, by where the stage was sent."""
    low, high = _number(first.get(_INTENDED_Z_UM)), _number(next_plane.get(_INTENDED_Z_UM))
    return None if low is None or high is None else micrometres(abs(high - low))


def _number(found: object) -> float | None:
    if not isinstance(found, int | float | str):
        return None
    try:
        value = float(found)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
