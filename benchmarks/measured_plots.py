"""The pictures of docs/performance.md, as SVG with the axes of livecare's own reports."""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from measured import Document, Measured, scored

from livecare.pages.charts import HEIGHT, LEFT, WIDTH, Axis, Series, line_chart, span
from livecare.pages.style import COLOURS

LOOK: Final = (
    "text{fill:#3d4045;font:12px sans-serif}.axis{stroke:#9a9da3}.grid{stroke:#dcdcd8}"
    ".title{fill:#1c1d1f;font-weight:600;font-size:13px}"
)
"""Colours for white paper: a picture in a README does not know the reader's."""
ROW: Final = 18
"""Height of a line of the legend, in the picture's own units."""
LETTER: Final = 6.0
"""About the width of a letter of the legend."""
AT: Final = re.compile(r"(\d+)², camera at ([\d.]+) of .*, camera to restored (p50|p99)")
"""Names of the figures of latency: side, load, percentile."""
ON: Final = {"nandb-well2": "Live cells, photon counting", "fmd": "Fixed cells, confocal"}
"""Sets that quality is drawn of, neither used to train: their names, and for people."""
DRAWN: Final = ("default-fast", "default")
"""Models that cost is drawn of."""

Panel = tuple[str, Axis, Axis, list[Series]]


def latency(measured: Measured) -> str | None:
    """Draw the time from camera to restored against the camera's rate."""
    found = measured.figures("end_to_end", AT.pattern)
    matched = [(match, figure) for figure in found if (match := AT.fullmatch(figure["what"]))]
    if not matched:
        return None
    lines = []
    for place, percentile in enumerate(("p50", "p99")):
        points = [(float(m[2]), figure) for m, figure in matched if m[3] == percentile]
        loads = [load for load, _ in points]
        for name, key, dashed in (
            ("camera to restored", "measured", False),
            ("engine", "limit", True),
        ):
            times = [figure[key] for _, figure in points]
            label = f"{name}, {percentile}"
            lines.append(Series(label, COLOURS[place], loads, times, 2.0, dashed, not dashed))
    most = max(max(line.y) for line in lines)
    load = Axis("camera's rate, as a share of the engine's", 0.0, 1.06 * max(lines[0].x))
    title = f"From camera to restored, {matched[0][0][1]}²"
    return _picture([(title, load, Axis("ms", 0.0, 1.06 * most), lines)])


def quality(measured: Measured) -> str | None:
    """Draw what each restoration reaches on a set against what it takes."""
    document = measured.document("suite")
    if document is None or "contestants" not in document["sets"][0]:
        return None
    panels = [_quality_panel(each) for each in document["sets"] if each["name"] in ON]
    return _picture(panels) if panels else None


def _quality_panel(images: Document) -> Panel:
    labels = [each["label"] for each in images["contestants"] if each["kind"] != "raw"]
    points = {
        label: (1e3 * scores["seconds_per_frame"], scores["psnr_db"])
        for label in labels
        if (scores := scored(images, label))
    }
    lines = [
        Series(label, COLOURS[place % len(COLOURS)], [x], [y], dots=True)
        for place, (label, (x, y)) in enumerate(points.items())
    ]
    x = span("ms a frame", [each for each, _ in points.values()], log=True)
    y = span("PSNR, dB", [each for _, each in points.values()])
    return f"{ON[images['name']]}, {images['pixels']}", x, y, lines


def cost(measured: Measured) -> str | None:
    """Draw what a frame takes against its size, for each engine and precision."""
    rows = [row for row in measured.rows("engines") if not row["refused"] and row["batch"] == 1]
    kinds = list(dict.fromkeys((row["engine"], row["precision"]) for row in rows))
    panels = []
    for model in (each for each in DRAWN if any(row["model"] == each for row in rows)):
        lines = []
        for place, (engine, precision) in enumerate(kinds):
            mine = [
                row
                for row in rows
                if (row["model"], row["engine"], row["precision"]) == (model, engine, precision)
            ]
            pixels = [row["side"] ** 2 / 1e6 for row in mine]
            times = [row["p50_ms"] for row in mine]
            label = f"{engine} {precision}"
            lines.append(Series(label, COLOURS[place], pixels, times, 2.0, dots=True))
        x = Axis("megapixels of a frame", 0.0, 1.06 * max(max(line.x, default=0) for line in lines))
        most = max(max(line.y, default=0) for line in lines)
        y = Axis("ms a frame, p50", 0.0, 1.06 * most)
        panels.append((model, x, y, lines))
    return _picture(panels) if panels else None


def _picture(panels: Sequence[Panel]) -> str:
    """Return panels side by side, the legend of all beneath."""
    width = WIDTH * len(panels)
    body = []
    for place, panel in enumerate(panels):
        inner = re.sub(r"^<svg[^>]*>|</svg>$", "", line_chart(*panel))
        body.append(f'<g transform="translate({WIDTH * place} 0)">{inner}</g>')
    legend, rows = _legend([line for *_, lines in panels for line in lines], width)
    height = HEIGHT + ROW * rows + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img"><style>{LOOK}</style>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(body)}{legend}</svg>\n'
    )


def _legend(lines: Sequence[Series], width: float) -> tuple[str, int]:
    """Return the names of the lines in their colours, and in how many rows they stand."""
    drawn, across, row = [], float(LEFT), 0
    for line in {line.label: line for line in lines}.values():
        needed = 30 + LETTER * len(line.label)
        if across + needed > width:
            across, row = float(LEFT), row + 1
        down = HEIGHT + ROW * row + 12
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        drawn.append(
            f'<line x1="{across:.0f}" x2="{across + 18:.0f}" y1="{down - 4}" y2="{down - 4}" '
            f'stroke="{line.colour}" stroke-width="3"{dash}/>'
            f'<text x="{across + 23:.0f}" y="{down}">{escape(line.label)}</text>'
        )
        across += needed + 10
    return "".join(drawn), row + 1


PLOTS: Final[dict[str, Callable[[Measured], str | None]]] = {
    "latency": latency,
    "quality": quality,
    "cost": cost,
}
"""What is drawn, by name; None where it was not measured."""
