"""Knows how frames with names become indexes in t, c, z and p, as more names appear."""

from dataclasses import dataclass
from typing import Final

from livecare.frame import Position

FIRST_CHANNEL: Final = "channel 0"
FIRST_POSITION: Final = "position 0"
"""What a channel and a position are called that nobody names."""

Cell = tuple[int, int, int]
"""Indexes of channel, plane and position."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a frame belongs, by name.

    Attributes
    ----------
    t : int or None
        Time point; None for the next of its channel, plane and position.
    channel : str
        Name of the channel.
    z : int
        Focal plane, from 0.
    position : str
        Name of the stage position.
    """

    t: int | None = None
    channel: str = FIRST_CHANNEL
    z: int = 0
    position: str = FIRST_POSITION


class Layout:
    """The channels, planes and positions of one acquisition, in the order of their appearance.

    Parameters
    ----------
    channels, positions : tuple of str
        Those that are known beforehand.
    size_z : int
        Planes that are known beforehand.

    Attributes
    ----------
    size_z : int
        Planes so far.
    """

    def __init__(
        self, channels: tuple[str, ...] = (), size_z: int = 1, positions: tuple[str, ...] = ()
    ) -> None:
        self._channels = {name: index for index, name in enumerate(channels)}
        self._positions = {name: index for index, name in enumerate(positions)}
        self._last_t: dict[Cell, int] = {}
        self.size_z = size_z

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels so far."""
        return tuple(self._channels)

    @property
    def positions(self) -> tuple[str, ...]:
        """Names of the stage positions so far."""
        return tuple(self._positions)

    def repeats(self, spot: Spot) -> bool:
        """Tell whether a frame's time point is no later than one that its place has already."""
        cell = self._channels.get(spot.channel), spot.z, self._positions.get(spot.position)
        last = self._last_t.get(cell, -1)  # type: ignore[arg-type]  # None is in no cell
        return spot.t is not None and spot.t <= last

    def place(self, spot: Spot) -> Position:
        """Give a frame its indexes, after all that its place has; names may be new."""
        c = self._channels.setdefault(spot.channel, len(self._channels))
        p = self._positions.setdefault(spot.position, len(self._positions))
        self.size_z = max(self.size_z, spot.z + 1)
        next_t = self._last_t.get((c, spot.z, p), -1) + 1
        t = next_t if spot.t is None else max(spot.t, next_t)
        self._last_t[c, spot.z, p] = t
        return Position(t, c, spot.z, p)
