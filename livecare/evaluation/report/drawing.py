"""Which contestants are drawn, in which colour, and the charts of one image set."""

from collections.abc import Mapping, Sequence

from livecare.evaluation.metrics.coverage import LEVELS
from livecare.evaluation.metrics.spectrum import RINGS
from livecare.evaluation.results import Outcome, SetResult
from livecare.pages.charts import Axis, Series, line_chart, span
from livecare.pages.style import COLOURS, MUTED, STRONG

Colours = Mapping[str, str]
"""Colour by a contestant's name."""


def colours_of(sets: Sequence[SetResult]) -> dict[str, str]:
    """Return a colour for each contestant, the same in all sets; models come first."""
    found = {each.name: each for result in sets for each in result.outcomes}
    ranked = [each for each in found.values() if each.kind == "model"]
    ranked += [each for each in found.values() if each.kind == "baseline"]
    chosen = {each.name: COLOURS[place % len(COLOURS)] for place, each in enumerate(ranked)}
    return {"raw": MUTED, **chosen}


def drawn(result: SetResult) -> list[Outcome]:
    """Return who is drawn in charts: raw, the best baseline, and all models."""
    done = [each for each in result.outcomes if each.status == "done"]
    baselines = [each for each in done if each.kind == "baseline"]
    best = max(baselines, key=lambda each: each.scores.psnr_db or 0.0, default=None)
    return [each for each in done if each.kind != "baseline" or each is best]


def set_charts(result: SetResult, colours: Colours) -> list[str]:
    """Return the charts of a set as SVG elements."""
    shown = drawn(result)
    charts = [_profiles(result, shown, colours), _spectra(result, shown, colours)]
    restored = [each for each in shown if each.kind != "raw"]
    if restored:
        charts.append(_residuals(restored, colours))
    predicting = [each for each in shown if each.curves.coverage]
    if predicting:
        charts.append(_coverage(predicting, colours))
    return charts


def loss_chart(losses: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return the loss curves of a training as an SVG element."""
    lines = [
        Series(
            name,
            COLOURS[place % len(COLOURS)],
            [step for step, _ in points],
            [loss for _, loss in points],
        )
        for place, (name, points) in enumerate(losses.items())
        if points
    ]
    y = [value for line in lines for value in line.y]
    log = bool(y) and min(y) > 0
    steps = span("step", [value for line in lines for value in line.x])
    return line_chart("Loss: " + ", ".join(losses), steps, span("loss", y, log=log), lines)


def _profiles(result: SetResult, shown: Sequence[Outcome], colours: Colours) -> str:
    first = int(result.example["first_column"])
    lines = [_series(each, each.curves.profile, first, 1.0, colours) for each in shown]
    if result.truth_curves is not None:
        lines.append(_truth(result.truth_curves.profile, first, 1.0))
    x = Axis("column, pixels", first, first + len(shown[0].curves.profile))
    y = [value for line in lines for value in line.y]
    title = f"Profile along row {result.example['line']}"
    return line_chart(title, x, span("camera counts", y), lines)


def _spectra(result: SetResult, shown: Sequence[Outcome], colours: Colours) -> str:
    step = 0.5 / RINGS
    lines = [_series(each, each.curves.spectrum, step / 2, step, colours) for each in shown]
    if result.truth_curves is not None:
        lines.append(_truth(result.truth_curves.spectrum, step / 2, step))
    y = span("power, counts²", [value for line in lines for value in line.y], log=True)
    x = Axis("spatial frequency, cycles per pixel", 0.0, 0.5)
    return line_chart("Power spectrum, averaged over directions", x, y, lines)


def _residuals(shown: Sequence[Outcome], colours: Colours) -> str:
    lines = []
    for each in shown:
        along, down = each.curves.residual_x[1:], each.curves.residual_y[1:]
        lags = [float(lag) for lag in range(1, len(along) + 1)]
        colour = colours[each.name]
        lines.append(Series(f"{each.label}, rows", colour, lags, along, dots=True))
        lines.append(Series(f"{each.label}, columns", colour, lags, down, dashed=True))
    values = [value for line in lines for value in line.y]
    y = span("autocorrelation", [*values, -0.05, 0.05])
    x = Axis("lag, pixels", 0.5, len(lines[0].x) + 0.5)
    return line_chart("Residual raw − restored: along rows (—) and columns (- -)", x, y, lines)


def _coverage(shown: Sequence[Outcome], colours: Colours) -> str:
    lines = [
        Series(each.label, colours[each.name], LEVELS, each.curves.coverage, dots=True)
        for each in shown
    ]
    ideal = Series("ideal", MUTED, (0.0, 1.0), (0.0, 1.0), dashed=True)
    x, y = Axis("chance that was predicted", 0.0, 1.0), Axis("part of the pixels", 0.0, 1.0)
    return line_chart("Coverage of predicted intervals", x, y, [ideal, *lines])


def _series(
    each: Outcome, values: Sequence[float], first: float, step: float, colours: Colours
) -> Series:
    x = [first + step * place for place in range(len(values))]
    return Series(each.label, colours[each.name], x, values, 1.0 if each.kind == "raw" else 1.7)


def _truth(values: Sequence[float], first: float, step: float) -> Series:
    x = [first + step * place for place in range(len(values))]
    return Series("truth", STRONG, x, values, 1.4, dashed=True)
