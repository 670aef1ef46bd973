"""How a document of figures is kept, and how rows that are no `table.Figure` are printed."""

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from machine import Machine

LONGEST_CELL: Final = 100
"""Characters of a cell that are printed; the document has all."""


def print_grid(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, the headings first, in columns."""
    cut = [[cell[:LONGEST_CELL] for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    for row in cut:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def write_document(path: Path, benchmark: str, machine: Machine, **parts: Any) -> None:  # noqa: ANN401 JSON
    """Write the parts of a benchmark's document; a file that is there is replaced as a whole."""
    document = {
        "benchmark": benchmark,
        "date": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        "machine": machine.as_json(),
        **parts,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
