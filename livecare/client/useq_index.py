"""Knows what useq's events and sequences say of a frame: its indexes, its names, its spacing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from livecare.client.layout import FIRST_CHANNEL, FIRST_POSITION, Spot
from livecare.client.outgoing import About, Described

NS_PER_MS: Final = 1_000_000

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Announced:
    """An acquisition that pymmcore-plus began.

    Attributes
    ----------
    number : int
        Which, in this process.
    sequence : useq.MDASequence or None
        What was asked for; without axes, or None, where events come one by one.
    """

    number: int
    sequence: Any


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What comes with a frame: its acquisition, its `useq.MDAEvent` and its metadata."""

    announced: Announced
    event: Any
    metadata: Mapping[str, Any]


def describe(told: Told) -> Described:
    """Read what came with a frame.

    `t`, `c`, `z` and `p` are what useq calls so; several cameras are several channels, and every
    other axis (`g`, the tiles of a grid) makes several positions of one.
    """
    index = {str(getattr(axis, "value", axis)): at for axis, at in told.event.index.items()}
    sequence = told.announced.sequence
    channels, positions = _channels_of(sequence), _positions_of(sequence)
    t, z = index.pop("t", None), index.pop("z", 0)
    channel = _channel(told, index.pop("c", None), channels)
    position = _position(told, index.pop("p", None), positions)
    cameras, tiles = "cam" in index, bool(index.keys() - {"cam"})
    if cameras:
        channel = f"{channel} {told.metadata.get('camera_device') or index['cam']}"
        index.pop("cam")
    place = " ".join([position, *(f"{axis} {index[axis]}" for axis in sorted(index))])
    elapsed_ms = told.metadata.get("runner_time_ms")
    return Described(
        spot=Spot(t, channel, z, place),
        about=_about(told, () if cameras else channels, () if tiles else positions),
        acquisition=told.announced.number,
        camera_time_ns=None if elapsed_ms is None else round(elapsed_ms * NS_PER_MS),
    )


def _about(told: Told, channels: Names, positions: Names) -> About:
    sequence, metadata = told.announced.sequence, told.metadata
    z_plan, time_plan = (sequence.z_plan, sequence.time_plan) if sequence else (None, None)
    interval = getattr(time_plan, "interval", None)
    camera = metadata.get("camera_device")
    return About(
        source=f"pymmcore-plus: {camera}" if camera else "pymmcore-plus",
        channels=channels,
        positions=positions,
        size_z=max(1, sum(1 for _ in z_plan)) if z_plan else 1,
        pixel_size_um=metadata.get("pixel_size_um") or None,
        z_step_um=getattr(z_plan, "step", None) or None,
        interval_s=interval.total_seconds() or None if interval is not None else None,
        detail={"camera": camera, "exposure_ms": metadata.get("exposure_ms")},
    )


def _channels_of(sequence: Any) -> Names:  # noqa: ANN401 useq.MDASequence, optional
    return _distinct([each.config for each in sequence.channels]) if sequence else ()


def _positions_of(sequence: Any) -> Names:  # noqa: ANN401 as above
    places = enumerate(sequence.stage_positions if sequence else ())
    return _distinct([each.name or f"position {at}" for at, each in places])


def _channel(told: Told, index: int | None, names: Names) -> str:
    if index is not None and index < len(names):
        return names[index]
    if told.event.channel is not None:
        return str(told.event.channel.config)
    return FIRST_CHANNEL if index is None else f"channel {index}"


def _position(told: Told, index: int | None, names: Names) -> str:
    if index is not None and index < len(names):
        return names[index]
    if told.event.pos_name:
        return str(told.event.pos_name)
    return FIRST_POSITION if index is None else f"position {index}"


def _distinct(names: list[str]) -> Names:
    """Number what has the name of an earlier one: a channel can come twice, exposed otherwise."""
    found: list[str] = []
    for name in names:
        count = 2
        whole = name
        while whole in found:
            whole, count = f"{name} ({count})", count + 1
        found.append(whole)
    return tuple(found)
