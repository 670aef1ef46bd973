"""How every document of figures is kept, and how rows that are no `table.Figure` are printed."""

import argparse
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from machine import Machine

RESULTS: Final = Path(__file__).parent / "results"
"""Where documents are kept: one for each benchmark."""
PLACES: Final = ("folder", "data", "environments", "careamics", "reference", "keep", "write")
"""Arguments that say where things lie and what becomes of them: a run with them is a whole one."""
LONGEST_CELL: Final = 100
"""Characters of a cell that are printed; the document has all."""


def print_grid(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, the headings first, in columns."""
    cut = [[cell[:LONGEST_CELL] for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    for row in cut:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def place_of(parser: argparse.ArgumentParser, given: argparse.Namespace, name: str) -> Path | None:
    """Return where a benchmark's document goes: the results are kept of whole runs only.

    A whole run is one with default arguments: what is shorter must not take the place of what took
    hours, and figures of other sizes or seeds are not to be compared with those before.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Knows the defaults.
    given : argparse.Namespace
        The command line as it was read, with `out`.
    name : str
        Of the benchmark.

    Returns
    -------
    Path or None
        What `--out` names, or the results; None for any other run that names no file.
    """
    if given.out is not None:
        return Path(given.out)
    told = {key: each for key, each in vars(given).items() if key not in PLACES}
    whole = all(each == parser.get_default(key) for key, each in told.items())
    return RESULTS / f"{name}.json" if whole else None


def write_document(
    path: Path | None,
    benchmark: str,
    machine: Machine,
    **parts: Any,  # noqa: ANN401 JSON
) -> None:
    """Write a benchmark's document, with what it was measured on; a file that is there is replaced.

    Parameters
    ----------
    path : Path or None
        Where; None writes nothing.
    benchmark : str
        Its name.
    machine : Machine
        As it was before the benchmark.
    **parts
        What was measured, JSON values.
    """
    if path is None:
        print("nothing is kept of a part, a smoke run or other arguments: --out FILE keeps it")
        return
    facts = machine.as_json()
    document = {
        "benchmark": benchmark,
        "commit": facts.pop("commit"),
        "date": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        "machine": facts,
        **parts,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
