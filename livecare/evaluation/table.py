"""Results as tables for a terminal; their words are no markup, and want a console without it."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from livecare.evaluation.number_words import COLUMNS, difference, number
from livecare.evaluation.results import Outcome, SetResult
from livecare.evaluation.summary import Group


def summary_table(groups: Sequence[Group]) -> Table:
    """Return PSNR, SSIM and photon factor of each contestant over each group."""
    table = Table(title="mean over all frames (small: to the best classical baseline)")
    table.add_column("")
    for group in groups:
        table.add_column(f"{group.name}\nPSNR, dB", justify="right")
        table.add_column("\nSSIM", justify="right")
        table.add_column("\nphotons", justify="right")
    for place in range(len(groups[0].lines) if groups else 0):
        table.add_row(*_summary_row(groups, place))
    return table


def set_table(result: SetResult) -> Table:
    """Return all scores of one set."""
    columns = [
        column
        for column in COLUMNS
        if any(getattr(each.scores, column.score) is not None for each in result.outcomes)
    ]
    notes = [*result.warnings, *(_absence(each) for each in result.outcomes)]
    caption = "\n".join(note for note in notes if note)
    table = Table(title=result.title, caption=caption or None, caption_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column.head, justify="right")
    table.add_column("setting")
    for each in result.outcomes:
        if each.status != "done":
            continue
        cells = [number(getattr(each.scores, one.score), one.digits) for one in columns]
        table.add_row(_label(each), *cells, each.setting)
    return table


def _summary_row(groups: Sequence[Group], place: int) -> list[str | Text]:
    row: list[str | Text] = [_label(groups[0].lines[place].outcome)]
    for group in groups:
        line, best = group.lines[place], group.best_baseline()
        if line.scores is None:
            row += [Text(line.outcome.status, "dim"), "", ""]
            continue
        cell = Text(number(line.scores.psnr_db, 2))
        if line.outcome.kind == "model" and best is not None and best.scores is not None:
            better = difference(line.scores.psnr_db, best.scores.psnr_db, 2)
            cell.append(f" {better}", "dim")
        row += [cell, number(line.scores.ssim, 3), number(line.scores.photon_factor, 2)]
    return row


def _absence(each: Outcome) -> str:
    if each.status == "done":
        return ""
    return f"{each.label}: {each.status}; {each.reason}"


def _label(each: Outcome) -> Text:
    return Text(each.label, "bold" if each.kind == "model" else "")
