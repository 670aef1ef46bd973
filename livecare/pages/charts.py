"""Line charts as SVG: axes with round numbers, lines, and words that a screen reader finds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 560
HEIGHT: Final = 270
LEFT, RIGHT, TOP, BOTTOM = 66, 12, 26, 40
"""Size and margins of a chart, in the SVG's own units."""
TICKS: Final = 5
"""About so many numbers along an axis."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line.

    Attributes
    ----------
    label, colour : str
        Name and CSS colour.
    x, y : sequence of float
        Of equal length; points that are not finite are left out.
    width : float
        Of the line, pixels.
    dashed, dots : bool
        How it is drawn.
    """

    label: str
    colour: str
    x: Sequence[float]
    y: Sequence[float]
    width: float = 1.6
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    Attributes
    ----------
    label : str
        What is shown, with its unit.
    low, high : float
        Where it begins and ends.
    log : bool
        Whether equal distances are equal ratios.
    """

    label: str
    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies, 0 to 1 along the axis."""
        if self.log:
            span = math.log(self.high / self.low)
            return math.log(max(value, self.low) / self.low) / span
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return round numbers along the axis."""
        if self.log:
            first = math.ceil(math.log10(self.low) - 1e-9)
            last = math.floor(math.log10(self.high) + 1e-9)
            every = max(1, math.ceil((last - first) / (TICKS + 1)))
            return [10.0**power for power in range(first, last + 1, every)]
        step = _round_step((self.high - self.low) / TICKS)
        numbers = range(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9) + 1)
        return [number * step for number in numbers]


def span(label: str, values: Sequence[float], *, log: bool = False) -> Axis:
    """Return an axis that holds all values with some room."""
    finite = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    low, high = (min(finite), max(finite)) if finite else (0.1, 1.0)
    if log:
        return Axis(label, low / 1.3, high * 1.3, log=True)
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return Axis(label, low - room, high + room)


def line_chart(title: str, x: Axis, y: Axis, lines: Sequence[Series]) -> str:
    """Return a chart as an SVG element."""
    below = f'x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 4}"'
    beside = f'transform="translate(11 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)"'
    body = [
        f'<text class="title" x="{LEFT}" y="15">{escape(title)}</text>',
        *_grid(x, y),
        *(_line(line, x, y) for line in lines),
        f'<text {below} text-anchor="middle">{escape(x.label)}</text>',
        f'<text {beside} text-anchor="middle">{escape(y.label)}</text>',
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(body)}</svg>"
    )


def _grid(x: Axis, y: Axis) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    drawn = []
    for value in y.ticks():
        at = _down(y, value)
        drawn.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        drawn.append(
            f'<text x="{LEFT - 7}" y="{at + 4:.1f}" text-anchor="end">{tick_words(value)}</text>'
        )
    for value in x.ticks():
        at = _right(x, value)
        drawn.append(
            f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
        )
        drawn.append(
            f'<text x="{at:.1f}" y="{bottom + 17}" text-anchor="middle">{tick_words(value)}</text>'
        )
    drawn.append(f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>')
    return drawn


def _line(line: Series, x: Axis, y: Axis) -> str:
    points = [
        (_right(x, one), _down(y, other))
        for one, other in zip(line.x, line.y, strict=True)
        if math.isfinite(one) and math.isfinite(other) and (other > 0 or not y.log)
    ]
    path = " ".join(f"{one:.1f},{other:.1f}" for one, other in points)
    dash = ' stroke-dasharray="5 4"' if line.dashed else ""
    dots = "".join(
        f'<circle cx="{one:.1f}" cy="{other:.1f}" r="3.2" fill="{line.colour}"/>'
        for one, other in (points if line.dots else [])
    )
    return (
        f'<polyline points="{path}" fill="none" stroke="{line.colour}" '
        f'stroke-width="{line.width}" stroke-linejoin="round"{dash}>'
        f"<title>{escape(line.label)}</title></polyline>{dots}"
    )


def tick_words(value: float) -> str:
    """Return a number as short as it can be."""
    if value != 0 and not 1e-3 <= abs(value) < 1e5:  # noqa: PLR2004 longer ones crowd the axis
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    return f"{value:.6g}".replace("-", "−")


def _right(x: Axis, value: float) -> float:
    return LEFT + x.place(value) * (WIDTH - LEFT - RIGHT)


def _down(y: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
