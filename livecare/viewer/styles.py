"""Knows what an operator may choose of how a channel looks."""

from dataclasses import dataclass
from typing import Final, Literal

Colour = Literal["grey", "magenta", "green", "cyan", "viridis", "inverted"]
COLOURS: Final[tuple[Colour, ...]] = ("grey", "magenta", "green", "cyan", "viridis", "inverted")
CHANNEL_COLOURS: Final[tuple[Colour, ...]] = ("magenta", "green", "cyan", "grey")
"""Colours of several channels: magenta and green stay apart for colour-blind eyes."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The values that are shown as black and as white, in the units of the pixels."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ChannelStyle:
    """How one channel looks.

    Attributes
    ----------
    raw, restored : Levels
        Contrast of each.
    gamma : float
        Exponent of the brightness; below 1 lifts dark structures.
    colour : Colour
        Colour table.
    shown : bool
        Whether the channel is part of the picture.
    warnings : bool
        Whether saturated pixels and zeros are marked.
    """

    raw: Levels = Levels(0.0, 1.0)
    restored: Levels = Levels(0.0, 1.0)
    gamma: float = 1.0
    colour: Colour = "grey"
    shown: bool = True
    warnings: bool = False
