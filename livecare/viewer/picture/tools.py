"""Knows the shapes that are laid over a picture, and how they are held and moved; no Qt."""

from dataclasses import dataclass, replace
from typing import Literal

from livecare.viewer.picture.viewport import PlaceYX, ViewYX

Grip = Literal["start", "end", "top left", "top right", "bottom left", "bottom right", "body"]
"""What of a shape is held: an end of a line, a corner of a rectangle, or all of it."""

PixelYX = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A line from one camera pixel to another, `(y, x)` each."""

    start: PixelYX
    end: PixelYX

    def grips(self) -> dict[Grip, PlaceYX]:
        """Give where its handles are: in the middle of its last pixels."""
        return {
            "start": (self.start[0] + 0.5, self.start[1] + 0.5),
            "end": (self.end[0] + 0.5, self.end[1] + 0.5),
        }

    def holds(self, place_yx: PlaceYX, reach: float) -> bool:
        """Whether a place lies within `reach` camera pixels of the line."""
        (y0, x0), (y1, x1) = self.grips().values()
        dy, dx = y1 - y0, x1 - x0
        length = dy * dy + dx * dx
        along = ((place_yx[0] - y0) * dy + (place_yx[1] - x0) * dx) / length if length else 0.0
        along = min(max(along, 0.0), 1.0)
        off_y, off_x = place_yx[0] - y0 - along * dy, place_yx[1] - x0 - along * dx
        return off_y * off_y + off_x * off_x <= reach * reach

    def dragged(self, grip: Grip, by_yx: PlaceYX, shape_yx: tuple[int, int]) -> "Line":
        """Give the line after a grip was moved, to whole pixels and within the frame."""
        if grip == "start":
            return replace(self, start=_moved(self.start, by_yx, shape_yx))
        if grip == "end":
            return replace(self, end=_moved(self.end, by_yx, shape_yx))
        ends = (self.start, self.end)
        dy, dx = (
            _whole_shift(by, [end[axis] for end in ends], shape_yx[axis] - 1)
            for axis, by in enumerate(by_yx)
        )
        start, end = ((y + dy, x + dx) for y, x in ends)
        return Line(start, end)

    def within(self, shape_yx: tuple[int, int]) -> "Line":
        """Give the line with both ends on a frame of this shape."""
        return Line(_moved(self.start, (0, 0), shape_yx), _moved(self.end, (0, 0), shape_yx))


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Rows `y0` to before `y1` and columns `x0` to before `x1`, camera pixels; never empty."""

    y0: int
    x0: int
    y1: int
    x1: int

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """Its edges: first row and column, and the row and column after the last."""
        return (self.y0, self.x0, self.y1, self.x1)

    def grips(self) -> dict[Grip, PlaceYX]:
        """Give where its handles are: at its corners."""
        return {
            "top left": (self.y0, self.x0),
            "top right": (self.y0, self.x1),
            "bottom left": (self.y1, self.x0),
            "bottom right": (self.y1, self.x1),
        }

    def holds(self, place_yx: PlaceYX, reach: float) -> bool:
        """Whether a place lies within `reach` camera pixels of its outline."""
        y, x = place_yx
        near_y = self.y0 - reach <= y <= self.y1 + reach
        near_x = self.x0 - reach <= x <= self.x1 + reach
        inside_y = self.y0 + reach < y < self.y1 - reach
        inside_x = self.x0 + reach < x < self.x1 - reach
        return near_y and near_x and not (inside_y and inside_x)

    def dragged(self, grip: Grip, by_yx: PlaceYX, shape_yx: tuple[int, int]) -> "Rectangle":
        """Give the rectangle after a grip was moved, to whole pixels and within the frame."""
        if grip == "body":
            dy = _whole_shift(by_yx[0], [self.y0, self.y1], shape_yx[0])
            dx = _whole_shift(by_yx[1], [self.x0, self.x1], shape_yx[1])
            return Rectangle(self.y0 + dy, self.x0 + dx, self.y1 + dy, self.x1 + dx)
        edges = {"y0": self.y0, "x0": self.x0, "y1": self.y1, "x1": self.x1}
        edges["y0" if "top" in grip else "y1"] += round(by_yx[0])
        edges["x0" if "left" in grip else "x1"] += round(by_yx[1])
        (y0, y1), (x0, x1) = (
            _span(edges[f"{axis}0"], edges[f"{axis}1"], side)
            for axis, side in zip("yx", shape_yx, strict=True)
        )
        return Rectangle(y0, x0, y1, x1)

    def within(self, shape_yx: tuple[int, int]) -> "Rectangle":
        """Give the rectangle with all of it on a frame of this shape."""
        return self.dragged("top left", (0, 0), shape_yx)


Shape = Line | Rectangle


def grab(shape: Shape, place_yx: PlaceYX, reach: float) -> Grip | None:
    """Say what of a shape is held at a place.

    Parameters
    ----------
    shape : Line or Rectangle
        The shape.
    place_yx : tuple of float
        Where it is taken hold of, camera pixels.
    reach : float
        How far off a handle or a line may be, camera pixels.
    """
    away = {
        grip: (y - place_yx[0]) ** 2 + (x - place_yx[1]) ** 2
        for grip, (y, x) in shape.grips().items()
    }
    nearest = min(away, key=away.__getitem__)
    if away[nearest] <= reach * reach:
        return nearest
    return "body" if shape.holds(place_yx, reach) else None


def first_line(view_yx: ViewYX, shape_yx: tuple[int, int]) -> Line:
    """Lay a line across what is seen, above its middle, where the grip of a split is."""
    y0, x0, _, x1 = _middle(view_yx, shape_yx)
    return Line((y0, x0), (y0, max(x1 - 1, x0))).within(shape_yx)


def first_rectangle(view_yx: ViewYX, shape_yx: tuple[int, int]) -> Rectangle:
    """Lay a rectangle over the middle of what is seen."""
    y0, x0, y1, x1 = _middle(view_yx, shape_yx)
    return Rectangle(y0, x0, y1, x1).within(shape_yx)


def on_view(shape: Shape, view_yx: ViewYX) -> bool:
    """Whether any handle of a shape is seen."""
    top, left, bottom, right = view_yx
    return any(top <= y <= bottom and left <= x <= right for y, x in shape.grips().values())


def _middle(view_yx: ViewYX, shape_yx: tuple[int, int]) -> tuple[int, int, int, int]:
    top, left, bottom, right = view_yx
    (y0, y1), (x0, x1) = (
        (max(low, 0.0), min(high, float(side)))
        for low, high, side in ((top, bottom, shape_yx[0]), (left, right, shape_yx[1]))
    )
    third_y, third_x = (y1 - y0) / 3, (x1 - x0) / 3
    return (int(y0 + third_y), int(x0 + third_x), int(y1 - third_y), int(x1 - third_x))


def _moved(pixel: PixelYX, by_yx: PlaceYX, shape_yx: tuple[int, int]) -> PixelYX:
    y, x = (
        min(max(place + round(by), 0), side - 1)
        for place, by, side in zip(pixel, by_yx, shape_yx, strict=True)
    )
    return (y, x)


def _whole_shift(by: float, places: list[int], most: int) -> int:
    return min(max(round(by), -min(places)), most - max(places))


def _span(one: int, other: int, side: int) -> tuple[int, int]:
    """Order two edges, keep them on the frame, and leave at least one pixel between them."""
    low, high = (min(max(edge, 0), side) for edge in sorted((one, other)))
    if low == high:
        low = min(low, side - 1)
        high = low + 1
    return low, high
