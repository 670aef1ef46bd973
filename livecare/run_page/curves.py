"""Knows how a run's values are drawn over time: means, worst values, thresholds, marked events."""

from collections.abc import Sequence
from html import escape
from typing import Final

from livecare.pages.charts import Axis, Series, line_chart, span
from livecare.pages.style import COLOURS, MUTED
from livecare.run_page.number_words import time_unit
from livecare.run_page.trace import Trace
from livecare.sinks.marks import Mark

LIMIT: Final = "var(--warn)"
"""Colour of a threshold."""
LOG_RATIO: Final = 30.0
"""Where the highest value is so many times the lowest, equal distances are equal ratios."""
MOST_MARKS: Final = 50
"""Marked events that are drawn; more would hide the curves."""


class TimeChart:
    """A chart over the time of a run.

    Parameters
    ----------
    title, unit : str
        Words above it; what the values are.
    duration_s : float
        How long the run is, seconds.
    marks_s : sequence of float
        When events were marked, seconds.
    """

    def __init__(self, title: str, unit: str, duration_s: float, marks_s: Sequence[float]) -> None:
        self._title, self._unit = title, unit
        self._divisor, self._time_name = time_unit(duration_s)
        self._duration_s, self._marks_s = duration_s, marks_s
        self._lines: list[Series] = []

    def add(self, label: str, trace: Trace, place: int) -> None:
        """Add a curve in the colour of a place: its mean and, where they differ, its worst."""
        colour = COLOURS[place % len(COLOURS)]
        x, means = trace.means()
        if trace.frames_per_point > 1:
            _, tops = trace.tops()
            self._add(f"{label}, worst of {trace.frames_per_point} frames", MUTED, x, tops)
        self._add(label, colour, x, means)

    def add_limit(self, trace: Trace) -> None:
        """Add a threshold."""
        x, means = trace.means()
        self._add("threshold", LIMIT, x, means, dashed=True)

    def draw(self) -> str:
        """Return it as an SVG element; "" where there is nothing to draw."""
        y = [value for line in self._lines for value in line.y]
        if not y:
            return ""
        log = min(y) > 0 and max(y) > LOG_RATIO * min(y)
        across = Axis(
            f"time from the first frame, {self._time_name}",
            0.0,
            max(self._duration_s, 1e-3) / self._divisor,
        )
        up = span(self._unit, y, log=log)
        return line_chart(self._title, across, up, [*self._marks(across, up), *self._lines])

    def _marks(self, across: Axis, up: Axis) -> list[Series]:
        times = [at / self._divisor for at in self._marks_s[:MOST_MARKS]]
        return [
            Series("marked event", MUTED, (at, at), (up.low, up.high), width=1, dashed=True)
            for at in times
            if across.low <= at <= across.high
        ]

    def _add(
        self,
        label: str,
        colour: str,
        x: Sequence[float],
        y: Sequence[float],
        *,
        dashed: bool = False,
    ) -> None:
        times = [at / self._divisor for at in x]
        width = 1.2 if dashed or colour == MUTED else 1.7
        self._lines.append(
            Series(label, colour, times, y, width, dashed=dashed, dots=len(times) == 1)
        )


def figure(chart: str, legend: Sequence[tuple[str, str]] = ()) -> str:
    """Return a chart with a legend of labels and colours; "" for no chart."""
    if not chart:
        return ""
    entries = "".join(
        f'<span><span class="swatch" style="background:{colour}"></span>{escape(label)}</span>'
        for label, colour in legend
    )
    return f"<figure>{chart}{f'<div class=legend>{entries}</div>' if legend else ''}</figure>"


def chart_words(curves: Sequence[Trace], marks: Sequence[Mark]) -> str:
    """Return what has to be known of charts that hold these curves; "" for nothing."""
    widest = max((each.frames_per_point for each in curves), default=1)
    shared = f"Up to {widest} frames share a point: coloured is their mean, grey their highest."
    dashed = "Dashed upright lines are marked events."
    return " ".join([*([shared] if widest > 1 else []), *([dashed] if marks else [])])
