"""Results as tables for a terminal; their words are no markup, and want a console without it."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from rich.table import Table
from rich.text import Text

from livecare.evaluation.number_words import COLUMNS, Column, difference, number
from livecare.evaluation.results import Outcome, SetResult
from livecare.evaluation.summary import Group

RULED: Final = 3
"""What a column takes beside its words, columns of text: a blank on both sides, and a line."""


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


def set_table(result: SetResult, width: int | None = None) -> Table:
    """Return the scores of one set: all, or as many as have room in so many columns of text."""
    done = [each for each in result.outcomes if each.status == "done"]
    columns = [
        column
        for column in COLUMNS
        if any(getattr(each.scores, column.score) is not None for each in result.outcomes)
    ]
    shown = columns if width is None else columns[: _that_fit(columns, done, width)]
    left_out = ", ".join(column.head for column in columns[len(shown) :])
    notes = [*result.warnings, *(_absence(each) for each in result.outcomes)]
    notes.append(f"no room here for {left_out}: report.html has them" if left_out else "")
    caption = "\n".join(note for note in notes if note)
    table = Table(title=result.title, caption=caption or None, caption_justify="left")
    table.add_column("", overflow="fold")
    for column in shown:
        table.add_column(column.head, justify="right", width=_needed(column, done))
    table.add_column("setting", overflow="fold")
    for each in done:
        table.add_row(_label(each), *(_cell(column, each) for column in shown), each.setting)
    return table


def _cell(column: Column, each: Outcome) -> str:
    return number(getattr(each.scores, column.score), column.digits)


def _needed(column: Column, done: Sequence[Outcome]) -> int:
    """Return how wide a column has to be: its numbers stay whole, and its head's words."""
    return max(map(len, [*column.head.split(), *(_cell(column, each) for each in done)]))


def _that_fit(columns: Sequence[Column], done: Sequence[Outcome], width: int) -> int:
    """Return how many columns, from the first, fit beside names and settings."""
    words = [each.label.split() for each in done], [each.setting.split() for each in done]
    beside = [max((len(word) for some in each for word in some), default=0) for each in words]
    room = width - 1 - sum(each + RULED for each in beside)
    widths = accumulate(_needed(column, done) + RULED for column in columns)
    return max(1, sum(each <= room for each in widths))


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
