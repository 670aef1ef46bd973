"""Knows what pycromanager says of an image: its axes and its metadata, of both backends."""

import math
from collections.abc import Mapping
from typing import Any, Final

from livecare.client.layout import FIRST_CHANNEL, FIRST_POSITION, Spot
from livecare.client.outgoing import About, Described
from livecare.errors import UsageError

PIXEL_SIZE_KEYS: Final = ("PixelSize_um", "PixelSizeUm")
"""The python and the Java backend spell it differently."""

WANTED: Final = (
    "Axes",
    "Camera",
    "Exposure",
    "ElapsedTime-ms",
    "Binning",
    "BitDepth",
    *PIXEL_SIZE_KEYS,
)
"""What is used of the metadata; an image of the Java backend has hundreds of keys."""

DETAIL: Final = {"Camera": "camera", "Exposure": "exposure_ms", "Binning": "binning"}
"""What is recorded as it is, and under which name."""

NS_PER_MS: Final = 1_000_000

Axis = str | int


def extract(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Take what is used of an image's metadata, so that the rest may change meanwhile."""
    said = {key: metadata[key] for key in WANTED if key in metadata}
    said["Axes"] = dict(said["Axes"])
    return said


def describe(said: Mapping[str, Any]) -> Described:
    """Read what `extract` took.

    Raises
    ------
    UsageError
        If an axis cannot be an index.
    """
    elapsed_ms = _number(said.get("ElapsedTime-ms"))
    sizes = [size for key in PIXEL_SIZE_KEYS if (size := _number(said.get(key)))]
    camera = said.get("Camera")
    detail = {name: said[key] for key, name in DETAIL.items() if _is_plain(said.get(key))}
    if bits := _number(said.get("BitDepth")):
        detail["bit_depth"] = int(bits)  # readers take no text
    return Described(
        spot=spot_of(said["Axes"]),
        about=About(
            source=f"pycromanager: {camera}" if camera else "pycromanager",
            pixel_size_um=sizes[0] if sizes else None,
            detail=detail,
        ),
        camera_time_ns=None if elapsed_ms is None else round(elapsed_ms * NS_PER_MS),
    )


def spot_of(axes: Mapping[str, Axis]) -> Spot:
    """Find t, c, z and p among the axes of an image.

    `time` is t, `z` is z, `channel` with `camera` is c, and `position` with every other axis (`row`
    and `column` of a tiled acquisition, say) is p. Where there is no `time`, a single other axis of
    numbers takes its place.

    Raises
    ------
    UsageError
        If time or z is no number from 0.
    """
    rest = dict(axes)
    time, z = rest.pop("time", None), rest.pop("z", 0)
    colour = [_name(key, rest.pop(key)) for key in ("channel", "camera") if key in rest]
    place = [_name("position", rest.pop("position"))] if "position" in rest else []
    if time is None and len(rest) == 1 and isinstance(next(iter(rest.values())), int):
        _, time = rest.popitem()
    place += [f"{key} {rest[key]}" for key in sorted(rest)]
    return Spot(
        t=_index("time", 0 if time is None else time),
        channel=" ".join(colour) or FIRST_CHANNEL,
        z=_index("z", z),
        position=" ".join(place) or FIRST_POSITION,
    )


def _name(axis: str, value: Axis) -> str:
    return f"{axis} {value}" if isinstance(value, int) else str(value)


def _index(axis: str, value: Axis) -> int:
    if isinstance(value, str) or value < 0 or value != int(value):
        raise UsageError(f"axis {axis} is {value!r}; livecare needs a number from 0")
    return int(value)


def _number(value: object) -> float | None:
    """Read a number from 0, which may be a text; None if it is none."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _is_plain(value: object) -> bool:
    return isinstance(value, str) or _number(value) is not None
