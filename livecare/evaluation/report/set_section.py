"""One image set in the report: warnings, facts, pictures, charts and the table."""

from html import escape

from livecare.evaluation.number_words import COLUMNS, Column, number
from livecare.evaluation.picturing import NEGATIVE, NEUTRAL, POSITIVE
from livecare.evaluation.report.drawing import Colours, drawn, set_charts
from livecare.evaluation.results import Outcome, SetResult


def render_set(result: SetResult, colours: Colours) -> str:
    """Return a section of the report."""
    facts = "".join(
        f"<span><b>{escape(name)}</b> {escape(words)}</span>"
        for name, words in result.about.items()
    )
    warnings = "".join(f'<p class="warning">{escape(words)}</p>' for words in result.warnings)
    charts = "".join(f"<figure>{chart}</figure>" for chart in set_charts(result, colours))
    return (
        f'<section id="{escape(result.name)}"><h2>{escape(result.title)}</h2>'
        f'<p class="note">{escape(result.note)}</p>{warnings}<div class="facts">{facts}</div>'
        f"{_table(result)}{_pictures(result)}"
        f"<h3>Curves of the same frame: raw, the best baseline, models</h3>"
        f'{_legend(result, colours)}<div class="charts">{charts}</div></section>'
    )


def _pictures(result: SetResult) -> str:
    example = result.example
    limit = example["error_limit"]
    scale = ", ".join(f"rgb{colour}" for colour in (NEGATIVE, NEUTRAL, POSITIVE))
    figures = [_figure(each) for each in result.outcomes if each.status == "done"]
    legend = ""
    if "truth" in example:
        truth = f'<img src="data:image/png;base64,{example["truth"]}" alt="truth">'
        figures.append(f"<figure>{truth}<figcaption><b>truth</b></figcaption></figure>")
        legend = (
            f'<p class="note">Below each picture its error, restored − truth: −{limit}'
            f'<span class="scale" style="background:linear-gradient(90deg,{scale})"></span>'
            f"+{limit} counts, one standard deviation of the raw noise at the mean brightness.</p>"
        )
    return (
        f"<h3>{escape(example['recording'])}, frame {example['frame']}, "
        f"{escape(example['area'])}</h3>{legend}"
        f'<div class="pictures">{"".join(figures)}</div>'
    )


def _figure(each: Outcome) -> str:
    images = "".join(
        f'<img src="data:image/png;base64,{each.pictures[kind]}" '
        f'alt="{escape(each.label)}: {kind}">'
        for kind in ("image", "error")
        if kind in each.pictures
    )
    score = each.scores.psnr_db
    words = "" if score is None else f" {number(score, 2)} dB"
    return (
        f"<figure>{images}<figcaption><b>{escape(each.label)}</b>{words}"
        f"<br>{escape(each.setting)}</figcaption></figure>"
    )


def _legend(result: SetResult, colours: Colours) -> str:
    entries = [(each.label, colours[each.name]) for each in drawn(result)]
    if result.truth_curves is not None:
        entries.append(("truth (dashed)", "var(--ink)"))
    return (
        '<div class="legend">'
        + "".join(
            f'<span><span class="swatch" style="background:{colour}"></span>{escape(label)}</span>'
            for label, colour in entries
        )
        + "</div>"
    )


def _table(result: SetResult) -> str:
    columns = [column for column in COLUMNS if _anyone_has(result, column)]
    heads = "".join(f"<th>{escape(column.head)}</th>" for column in columns)
    rows = "".join(_row(result, each, columns) for each in result.outcomes)
    remarks = "".join(
        f"<li><b>{escape(each.label)}</b> {escape(words)}</li>"
        for each in result.outcomes
        for words in each.warnings
    )
    listed = f'<ul class="note">{remarks}</ul>' if remarks else ""
    return f'<div class="scroll"><table><tr><th></th>{heads}</tr>{rows}</table></div>{listed}'


def _row(result: SetResult, each: Outcome, columns: list[Column]) -> str:
    if each.status != "done":
        return (
            f'<tr class="absent"><td>{escape(each.label)}</td>'
            f'<td class="words" colspan="{len(columns)}">{escape(each.status)}: '
            f"{escape(each.reason)}</td></tr>"
        )
    cells = "".join(
        f"<td{' class=best' if _is_best(result, each, column) else ''}>"
        f"{number(getattr(each.scores, column.score), column.digits)}</td>"
        for column in columns
    )
    small = f'<br><span class="delta">{escape(each.setting)}</span>' if each.setting else ""
    star = " *" if each.tuned_on_truth else ""
    return f'<tr class="{each.kind}"><td>{escape(each.label)}{star}{small}</td>{cells}</tr>'


def _anyone_has(result: SetResult, column: Column) -> bool:
    return any(getattr(each.scores, column.score) is not None for each in result.outcomes)


def _is_best(result: SetResult, each: Outcome, column: Column) -> bool:
    values = [
        value
        for other in result.outcomes
        if (value := getattr(other.scores, column.score)) is not None
    ]
    value = getattr(each.scores, column.score)
    if value is None or not column.best:
        return False
    return bool(value == (max(values) if column.best == "high" else min(values)))
