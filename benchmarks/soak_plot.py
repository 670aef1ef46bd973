"""A soak as one picture: latency, rates, memory, open files, ring and ledger, faults beneath.

Drawn as SVG, with the axes of livecare's own reports; no plotting library is needed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import chain, groupby
from pathlib import Path
from typing import Final

from soak_doing import Made
from soak_faults import CHILDREN, GUESTS
from soak_run import RECORDER
from soak_samples import ProcessSample, Sample
from soak_verdict import COUNTS

from livecare.pages.charts import Axis, Series, span, tick_words

WIDTH: Final = 1200
LEFT: Final = 92
RIGHT: Final = 16
PANEL: Final = 150
"""Height of a panel's axes, in the picture's own units."""
BETWEEN: Final = 46
"""Height between two panels: title, legend, numbers."""
ROW: Final = 15
"""Height of a kind of faults."""
TOP: Final = 34
LETTER: Final = 6.4
"""About the width of a letter of a legend."""
FIRST: Final = (RECORDER, *CHILDREN, "camera", *GUESTS)
"""Roles in the order of their colours; others have the last one."""
COLOURS: Final = (
    *("#1f6feb", "#d1495b", "#2a9d55", "#b8860b"),
    *("#7b4fbf", "#159ba3", "#b5488c", "#6b7280"),
)
FAULT: Final = "#c2410c"
GRID: Final = "#e3e5e8"
INK: Final = "#24292f"
FONT: Final = 'font-family="sans-serif" font-size="12"'


def draw(samples: Sequence[Sample], made: Sequence[Made], title: str) -> str:
    """Return the picture as an SVG document."""
    time = Axis("minutes", 0.0, max((sample.at_s for sample in samples), default=1.0) / 60)
    panels = _panels(samples)
    body = [f'<text x="{LEFT}" y="20" font-size="15" fill="{INK}">{escape(title)}</text>']
    off = [_shade(begin, end, time) for begin, end in _only_looked_at(samples)]
    down = TOP
    for name, log, lines in panels:
        body += [shade.format(top=down + BETWEEN - 8) for shade in off]
        values = list(chain.from_iterable(line.y for line in lines))
        body += _panel(name, down + BETWEEN - 8, time, _axis(values, log=log), lines, made)
        down += PANEL + BETWEEN
    kinds = sorted({f"{each.deed} {each.target}" for each in made})
    body += _strip(kinds, made, down + BETWEEN - 8, time)
    height = down + BETWEEN + len(kinds) * ROW + 40
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" {FONT}><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f"{''.join(body)}</svg>\n"
    )


def write_png(svg: str, path: Path) -> bool:
    """Write the picture as PNG; False where Qt is not installed (`livecare[viewer]`)."""
    try:
        from PySide6.QtCore import QByteArray  # noqa: PLC0415 an extra
        from PySide6.QtGui import QGuiApplication, QImage, QPainter  # noqa: PLC0415
        from PySide6.QtSvg import QSvgRenderer  # noqa: PLC0415
    except ImportError:
        return False
    application = QGuiApplication.instance() or QGuiApplication(["soak", "-platform", "offscreen"])
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    image = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    del application
    return image.save(str(path))


def _only_looked_at(samples: Sequence[Sample]) -> Iterator[tuple[float, float]]:
    """Yield the times in which frames came and were not recorded, minutes."""
    acquiring = [sample for sample in samples if sample.stage == "acquiring"]
    for recording, group in groupby(acquiring, lambda sample: sample.recording):
        times = [sample.at_s / 60 for sample in group]
        if not recording:
            yield times[0], times[-1]


def _shade(begin: float, end: float, time: Axis) -> str:
    """Draw a time in which nothing was recorded; the panel's top is filled in later."""
    left, right = _across(time, begin), _across(time, end)
    return (
        f'<rect x="{left:.1f}" width="{max(right - left, 1):.1f}" y="{{top}}" height="{PANEL}" '
        f'fill="{GRID}"><title>not recorded</title></rect>'
    )


def _panels(samples: Sequence[Sample]) -> list[tuple[str, bool, list[Series]]]:
    """Return what is drawn: title, whether its axis is logarithmic, and lines."""
    ages = {"p50": [s.age_p50_ms for s in samples], "p99": [s.age_p99_ms for s in samples]}
    rates = {
        "acquired": [s.acquired_hz for s in samples],
        "restored": [s.restored_hz for s in samples],
    }
    rings = {"raw ring, %": [None if s.ring is None else 100 * s.ring for s in samples]}
    ledger = {name: [getattr(s.ledger, name) for s in samples] for name in COUNTS}
    ledger["only looked at"] = [s.unrecorded.acquired for s in samples]
    of_roles = _by_role(samples)
    return [
        ("Age of restored frames, ms", True, _lines(samples, ages)),
        ("Frames per second", False, _lines(samples, rates)),
        ("Frames waiting for the disk", False, _lines(samples, rings)),
        ("Memory of each process's own, MB", True, _of_processes(of_roles, "own_mb")),
        ("Open files but for recordings", True, _of_processes(of_roles, "files")),
        ("Threads", True, _of_processes(of_roles, "threads")),
        ("Ledger, frames", False, _lines(samples, ledger)),
    ]


def _lines(samples: Sequence[Sample], values: Mapping[str, Iterable[float | None]]) -> list[Series]:
    minutes = [sample.at_s / 60 for sample in samples]
    return [
        Series(name, COLOURS[place], minutes, [float("nan") if v is None else v for v in of_one])
        for place, (name, of_one) in enumerate(values.items())
    ]


Lives = Mapping[str, Mapping[int, list[tuple[float, ProcessSample]]]]
"""Samples of each process, by role and number."""


def _by_role(samples: Sequence[Sample]) -> Lives:
    found: dict[str, dict[int, list[tuple[float, ProcessSample]]]] = {}
    for sample in samples:
        for each in sample.processes:
            of_role = found.setdefault(each.role, {})
            of_role.setdefault(each.pid, []).append((sample.at_s / 60, each))
    return dict(sorted(found.items(), key=lambda item: _rank(item[0])))


def _rank(role: str) -> int:
    return FIRST.index(role) if role in FIRST else len(FIRST)


def _of_processes(lives: Lives, what: str) -> list[Series]:
    """Return a line for each process; those of one role have one colour."""
    return [
        Series(
            role,
            COLOURS[min(_rank(role), len(COLOURS) - 1)],
            [minute for minute, _ in points],
            [getattr(each, what) for _, each in points],
            2.2 if role == RECORDER else 1.4,
        )
        for role, of_role in lives.items()
        for points in of_role.values()
    ]


def _axis(values: Sequence[float], *, log: bool) -> Axis:
    if log:
        return span("", values, log=True)
    finite = [value for value in values if value == value]  # noqa: PLR0124 not a number
    return Axis("", 0.0, max(finite, default=1.0) * 1.06 or 1.0)


def _panel(
    title: str, top: float, time: Axis, y: Axis, lines: Sequence[Series], made: Sequence[Made]
) -> list[str]:
    drawn = [f'<text x="{LEFT}" y="{top - 8}" font-weight="bold" fill="{INK}">{title}</text>']
    drawn += _legend(lines, LEFT + 20 + 1.25 * LETTER * len(title), top - 8)
    drawn += [_fault_line(each, top, time) for each in made]
    for value in y.ticks():
        down = top + PANEL * (1 - y.place(value))
        drawn.append(_rule(LEFT, WIDTH - RIGHT, down, GRID))
        words = f'x="{LEFT - 7}" y="{down + 4:.1f}" text-anchor="end" fill="{INK}"'
        drawn.append(f"<text {words}>{tick_words(value)}</text>")
    drawn += [_line(line, top, time, y) for line in lines]
    drawn.append(_rule(LEFT, WIDTH - RIGHT, top + PANEL, INK))
    return [*drawn, *_minutes(time, top + PANEL)]


def _minutes(time: Axis, bottom: float) -> list[str]:
    return [
        f'<text x="{_across(time, value):.1f}" y="{bottom + 15}" text-anchor="middle" '
        f'fill="{INK}">{tick_words(value)}</text>'
        for value in time.ticks()
    ]


def _legend(lines: Sequence[Series], across: float, down: float) -> list[str]:
    drawn = []
    for label, colour in {line.label: line.colour for line in lines}.items():
        drawn.append(f'<text x="{across:.0f}" y="{down}" fill="{colour}">{escape(label)}</text>')
        across += LETTER * len(label) + 18
    return drawn


def _line(line: Series, top: float, time: Axis, y: Axis) -> str:
    """Draw a line; where there is nothing, it is interrupted."""
    runs: list[list[str]] = [[]]
    for at, value in zip(line.x, line.y, strict=True):
        if value == value and (value > 0 or not y.log):  # noqa: PLR0124 not a number
            runs[-1].append(f"{_across(time, at):.1f},{top + PANEL * (1 - y.place(value)):.1f}")
        elif runs[-1]:
            runs.append([])
    style = f'fill="none" stroke="{line.colour}" stroke-width="{line.width}"'
    return "".join(f'<polyline points="{" ".join(run)}" {style}/>' for run in runs if run)


def _fault_line(made: Made, top: float, time: Axis) -> str:
    at = _across(time, made.at_s / 60)
    return (
        f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{top + PANEL}" stroke="{FAULT}" '
        f'stroke-width="0.7" opacity="0.35"><title>{escape(_said(made))}</title></line>'
    )


def _strip(kinds: Sequence[str], made: Sequence[Made], top: float, time: Axis) -> list[str]:
    """Draw the faults: a row for each kind, a bar as long as it took."""
    drawn = [f'<text x="{LEFT}" y="{top - 8}" font-weight="bold" fill="{INK}">Faults</text>']
    for place, kind in enumerate(kinds):
        down = top + ROW * place
        words = f'x="{LEFT - 7}" y="{down + 11}" text-anchor="end" font-size="10" fill="{INK}"'
        drawn.append(f"<text {words}>{escape(kind)}</text>")
        drawn.append(_rule(LEFT, WIDTH - RIGHT, down + ROW, GRID))
    for each in made:
        down = top + ROW * kinds.index(f"{each.deed} {each.target}")
        begin, end = (_across(time, at / 60) for at in (each.at_s, each.at_s + each.took_s))
        colour = FAULT if each.answered else "#000000"
        drawn.append(
            f'<rect x="{begin:.1f}" y="{down + 2}" width="{max(end - begin, 2.5):.1f}" '
            f'height="{ROW - 4}" fill="{colour}"><title>{escape(_said(each))}</title></rect>'
        )
    return [*drawn, *_minutes(time, top + ROW * len(kinds)), _time_words(top + ROW * len(kinds))]


def _time_words(bottom: float) -> str:
    middle = (LEFT + WIDTH - RIGHT) / 2
    return f'<text x="{middle}" y="{bottom + 31}" text-anchor="middle" fill="{INK}">minutes</text>'


def _said(made: Made) -> str:
    return f"{made.at_s:.0f} s: {made.deed} {made.target}, {made.took_s:.1f} s; {made.words}"


def _rule(left: float, right: float, down: float, colour: str) -> str:
    return (
        f'<line x1="{left}" x2="{right}" y1="{down:.1f}" y2="{down:.1f}" stroke="{colour}" '
        'stroke-width="1"/>'
    )


def _across(time: Axis, minute: float) -> float:
    return LEFT + min(1.0, max(0.0, time.place(minute))) * (WIDTH - LEFT - RIGHT)
