"""The page: summary, one section per image set, models, and what the numbers mean."""

from collections.abc import Sequence
from html import escape
from typing import Final

from livecare.evaluation.number_words import difference, number
from livecare.evaluation.report.definitions import DEFINITIONS
from livecare.evaluation.report.drawing import colours_of
from livecare.evaluation.report.model_section import render_model
from livecare.evaluation.report.set_section import render_set
from livecare.evaluation.results import Evaluation
from livecare.evaluation.summary import Group, Line, summarise, verdicts
from livecare.pages.document import document

FIXED_LINKS: Final = '<a href="#models">models</a><a href="#definitions">definitions</a>'


def render_report(evaluation: Evaluation) -> str:
    """Return the report as the text of one HTML file."""
    groups = summarise(evaluation.sets)
    colours = colours_of(evaluation.sets)
    made = " · ".join(f"{escape(key)} {escape(text)}" for key, text in evaluation.made.items())
    links = "".join(
        f'<a href="#{escape(each.name)}">{escape(each.name)}</a>' for each in evaluation.sets
    )
    return document(
        evaluation.title,
        [
            f"<h1>{escape(evaluation.title)}</h1>",
            f'<p class="lead">{made}</p><nav>{links}{FIXED_LINKS}</nav>',
            _summary(groups),
            *(render_set(each, colours) for each in evaluation.sets),
            '<section id="models"><h2>Models</h2>',
            *(render_model(card) for card in evaluation.models),
            "" if evaluation.models else "<p>None was evaluated.</p>",
            "</section>",
            _definitions(),
        ],
    )


def _summary(groups: Sequence[Group]) -> str:
    if not groups:
        return ""
    heads = "".join(
        f'<th colspan="3">{escape(group.name)}<br><span class="delta">{group.frames} frames</span>'
        "</th>"
        for group in groups
    )
    under = "<th>dB</th><th>SSIM</th><th>photons</th>" * len(groups)
    rows = "".join(_summary_row(groups, place) for place in range(len(groups[0].lines)))
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in verdicts(groups))
    listed = f"<ul>{said}</ul>" if said else ""
    return (
        "<section><h2>Summary</h2><p class='note'>PSNR in dB, SSIM and photon factor: means over "
        "all scored frames. Small print: the difference to the best classical baseline. Baselines "
        "marked * were tuned on the truth, as no user can, and are upper bounds.</p>"
        f"<div class='scroll'><table class='summary'><tr><th></th>{heads}</tr>"
        f"<tr><th></th>{under}</tr>{rows}</table></div>{listed}</section>"
    )


def _summary_row(groups: Sequence[Group], place: int) -> str:
    outcome = groups[0].lines[place].outcome
    cells = []
    for group in groups:
        line = group.lines[place]
        if line.scores is None:
            cells.append(f'<td colspan="3">{escape(line.outcome.status)}</td>')
            continue
        cells += [
            _cell(group, line, "psnr_db", 2),
            _cell(group, line, "ssim", 3),
            f"<td>{number(line.scores.photon_factor, 2)}</td>",
        ]
    star = " *" if outcome.tuned_on_truth else ""
    kind = outcome.kind if outcome.status == "done" else "absent"
    return f'<tr class="{kind}"><td>{escape(outcome.label)}{star}</td>{"".join(cells)}</tr>'


def _cell(group: Group, line: Line, score: str, digits: int) -> str:
    value = getattr(line.scores, score)
    others = [getattr(each.scores, score) for each in group.lines if each.scores is not None]
    best = value is not None and value == max(each for each in others if each is not None)
    rival = group.best_baseline() if score == "psnr_db" else group.best_baseline_ssim()
    apart = ""
    if rival is not None and line.outcome.kind == "model":
        apart = difference(value, getattr(rival.scores, score), digits)
    small = f'<br><span class="delta">{apart}</span>' if apart else ""
    return f"<td{' class=best' if best else ''}>{number(value, digits)}{small}</td>"


def _definitions() -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in DEFINITIONS
    )
    return f'<section id="definitions"><h2>What the numbers mean</h2><dl>{rows}</dl></section>'
