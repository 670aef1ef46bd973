"""Knows which line and which rectangle lie over the picture, and what of them is held; no Qt."""

from dataclasses import dataclass
from typing import Literal

from livecare.viewer.picture.tools import Grip, Line, Rectangle, Shape, grab
from livecare.viewer.picture.viewport import PlaceYX

ShapeName = Literal["line", "region"]


@dataclass(frozen=True, slots=True)
class Hold:
    """A shape that the mouse has taken hold of.

    Attributes
    ----------
    name : ShapeName
        Which one.
    grip : Grip
        What of it.
    shape : Line or Rectangle
        As it was when it was taken hold of.
    """

    name: ShapeName
    grip: Grip
    shape: Shape


class Shapes:
    """At most one line and one rectangle, on whole pixels of the frame."""

    def __init__(self) -> None:
        self._line: Line | None = None
        self._region: Rectangle | None = None

    @property
    def line(self) -> Line | None:
        """The line."""
        return self._line

    @property
    def region(self) -> Rectangle | None:
        """The rectangle."""
        return self._region

    @property
    def all(self) -> tuple[Shape, ...]:
        """What there is."""
        return tuple(shape for shape in (self._line, self._region) if shape is not None)

    def put(self, shape: Shape, shape_yx: tuple[int, int]) -> None:
        """Lay a shape over the picture, instead of the one of its kind; kept on the frame."""
        if isinstance(shape, Line):
            self._line = shape.within(shape_yx)
        else:
            self._region = shape.within(shape_yx)

    def remove(self, name: ShapeName) -> None:
        """Take a shape away; fine if there is none."""
        if name == "line":
            self._line = None
        else:
            self._region = None

    def keep_within(self, shape_yx: tuple[int, int]) -> None:
        """Bring what there is onto a frame of this shape."""
        for shape in self.all:
            self.put(shape, shape_yx)

    def hold(self, place_yx: PlaceYX, reach: float) -> Hold | None:
        """Say what is held at a place, camera pixels: a handle before what is between them."""
        held: list[Hold] = []
        for shape in self.all:
            grip = grab(shape, place_yx, reach)
            if grip is not None:
                held.append(Hold("line" if isinstance(shape, Line) else "region", grip, shape))
        return min(held, key=lambda each: each.grip == "body", default=None)

    def drag(self, hold: Hold, by_yx: PlaceYX, shape_yx: tuple[int, int]) -> None:
        """Move what is held by so many camera pixels from where it was taken hold of."""
        self.put(hold.shape.dragged(hold.grip, by_yx, shape_yx), shape_yx)
