"""Knows what a side of the picture is made of, and draws the part of it that is seen; no Qt."""

from dataclasses import dataclass
from typing import Protocol

from livecare.viewer.display.colours import Screen
from livecare.viewer.display.region import Region
from livecare.viewer.display.render import colour_pixels, composite, difference_pixels
from livecare.viewer.seen import SeenFrame
from livecare.viewer.styles import ChannelStyle, Levels


class Content(Protocol):
    """Something to draw; what it was made of is compared by identity, for frames never change."""

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns of what is drawn: fewer than the camera's where it was reduced."""
        ...

    @property
    def reduction(self) -> int:
        """Camera pixels per row and column of it."""
        ...

    def draw(self, region: Region) -> Screen:
        """Draw a region of it."""
        ...

    def same_as(self, other: "Content | None") -> bool:
        """Whether it would look the same as another."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One channel of one side.

    Attributes
    ----------
    frame : SeenFrame
        The frame.
    style : ChannelStyle
        How it looks.
    levels : Levels
        Its contrast: one of the two of the style.
    saturation : float or None
        Value from which a pixel is saturated; None for the greatest of an integer type.
    """

    frame: SeenFrame
    style: ChannelStyle
    levels: Levels
    saturation: float | None = None

    def draw(self, region: Region) -> Screen:
        """Draw a region of it."""
        return colour_pixels(
            self.frame.pixels,
            region,
            self.levels,
            self.style.gamma,
            self.style.colour,
            warnings=self.style.warnings,
            saturation=self.saturation,
        )

    def same_as(self, other: "Layer") -> bool:
        """Whether it would look the same as another."""
        return self.frame is other.frame and self.look == other.look

    @property
    def look(self) -> tuple[Levels, float, str, bool, float | None]:
        """All of how it looks that does not come from the frame."""
        style = self.style
        return (self.levels, style.gamma, style.colour, style.warnings, self.saturation)


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """Channels of one side, one over the other; at least one, and of one shape."""

    layers: tuple[Layer, ...]

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.layers[0].frame.pixels.shape
        return rows, columns

    @property
    def reduction(self) -> int:
        """Camera pixels per row and column."""
        return self.layers[0].frame.reduction

    def draw(self, region: Region) -> Screen:
        """Draw a region of it."""
        screens = [layer.draw(region) for layer in self.layers]
        return screens[0] if len(screens) == 1 else composite(screens, out=screens[0])

    def same_as(self, other: Content | None) -> bool:
        """Whether it would look the same as another."""
        return (
            isinstance(other, Composite)
            and len(self.layers) == len(other.layers)
            and all(map(Layer.same_as, self.layers, other.layers))
        )


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A raw frame minus what was restored from it; both of one shape and reduction.

    Attributes
    ----------
    raw, restored : SeenFrame
        The frames.
    scale : float
        Difference that gets the brightest colour, in units of the pixels.
    """

    raw: SeenFrame
    restored: SeenFrame
    scale: float

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.raw.pixels.shape
        return rows, columns

    @property
    def reduction(self) -> int:
        """Camera pixels per row and column."""
        return self.raw.reduction

    def draw(self, region: Region) -> Screen:
        """Draw a region of it."""
        return difference_pixels(self.raw.pixels, self.restored.pixels, region, self.scale)

    def same_as(self, other: Content | None) -> bool:
        """Whether it would look the same as another."""
        return (
            isinstance(other, Difference)
            and self.raw is other.raw
            and self.restored is other.restored
            and self.scale == other.scale
        )
