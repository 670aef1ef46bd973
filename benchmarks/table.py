"""How figures are printed and kept: each beside its limit, never alone."""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from machine import Machine
from report import place_of, print_grid, write_document

HEADINGS: Final = ("figure", "measured", "limit", "of the limit", "bar", "met")


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure has to reach.

    Attributes
    ----------
    of : {"ratio", "measured"}
        Which of its numbers.
    sense : {">=", "<="}
        How.
    at : float
        The bar.
    """

    of: Literal["ratio", "measured"]
    sense: Literal[">=", "<="]
    at: float

    def met_by(self, ratio: float, measured: float) -> bool:
        """Tell whether a figure reaches it."""
        number = ratio if self.of == "ratio" else measured
        return number >= self.at if self.sense == ">=" else number <= self.at


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number beside what limits it, both taken in the same run.

    Attributes
    ----------
    what : str
        What was measured.
    unit : str
        Of both numbers.
    limit_name : str
        What it is compared with.
    pairs : sequence of (measured, limit)
        One per repeat, each pair taken one after the other.
    bar : Bar or None
        What it has to reach, if anything.
    note : str
        What else a reader must know.
    """

    what: str
    unit: str
    limit_name: str
    pairs: Sequence[tuple[float, float]]
    bar: Bar | None = None
    note: str = ""

    @property
    def measured(self) -> float:
        """Median over the repeats."""
        return statistics.median(measured for measured, _ in self.pairs)

    @property
    def limit(self) -> float:
        """Median over the repeats."""
        return statistics.median(limit for _, limit in self.pairs)

    @property
    def ratios(self) -> list[float]:
        """Measured ÷ limit of each repeat."""
        return [measured / limit for measured, limit in self.pairs if limit]

    @property
    def ratio(self) -> float:
        """Median of the ratios: what changed between two repeats falls out of it."""
        return statistics.median(self.ratios) if self.ratios else 0.0

    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None where there is none."""
        return None if self.bar is None else self.bar.met_by(self.ratio, self.measured)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        bar = None if self.bar is None else f"{self.bar.of} {self.bar.sense} {self.bar.at:g}"
        return {
            "what": self.what,
            "unit": self.unit,
            "measured": round(self.measured, 4),
            "limit_name": self.limit_name,
            "limit": round(self.limit, 4),
            "ratio": round(self.ratio, 4),
            "ratios": [round(ratio, 4) for ratio in self.ratios],
            "bar": bar,
            "met": self.met,
            "note": self.note,
        }

    def as_row(self) -> tuple[str, ...]:
        """Return it as a line of a table."""
        spread = ""
        if len(self.ratios) > 1:
            spread = f" ({min(self.ratios):.2f}-{max(self.ratios):.2f})"
        bar = ""
        if self.bar is not None:
            unit = "" if self.bar.of == "ratio" else f" {self.unit}"
            bar = f"{self.bar.sense} {self.bar.at:g}{unit}"
        met = {None: "", True: "yes", False: "NO"}[self.met]
        return (
            self.what,
            f"{self.measured:.4g} {self.unit}",
            f"{self.limit:.4g} {self.unit} {self.limit_name}",
            f"{self.ratio:.3g}{spread}",
            bar,
            met,
        )


@dataclass(frozen=True, slots=True)
class Options:
    """What every benchmark is asked.

    Attributes
    ----------
    quick : bool
        Only show that it works; the figures mean nothing.
    folder : Path or None
        Where it may write recordings; None for the system's temporary folder.
    out : Path or None
        Where its JSON goes; None keeps none.
    only : tuple of str
        Parts to run; all when empty.
    """

    quick: bool
    folder: Path | None
    out: Path | None
    only: tuple[str, ...]

    def wants(self, part: str) -> bool:
        """Tell whether a part is to run."""
        return not self.only or part in self.only


def read_options(
    name: str, purpose: str, parts: Sequence[str], *more: argparse.ArgumentParser
) -> Options:
    """Read the command line of a benchmark.

    Parameters
    ----------
    name : str
        Of the benchmark.
    purpose : str
        What it is for; `--help` says it.
    parts : sequence of str
        What `--only` chooses from.
    *more : argparse.ArgumentParser
        Parsers of what this benchmark is asked besides.
    """
    parser = argparse.ArgumentParser(description=purpose, parents=more)
    parser.add_argument("--quick", action="store_true", help="a smoke run of a few seconds")
    parser.add_argument("--folder", type=Path, help="where recordings are written meanwhile")
    parser.add_argument("--out", type=Path, help="the JSON")
    parser.add_argument("--only", nargs="+", choices=parts, default=(), help="only these parts")
    given = parser.parse_args()
    return Options(given.quick, given.folder, place_of(parser, given, name), tuple(given.only))


def publish(name: str, options: Options, machine: Machine, figures: Sequence[Figure]) -> None:
    """Print a benchmark's table and write its JSON."""
    print(f"{name}: {machine}")
    print_grid([HEADINGS, *(figure.as_row() for figure in figures)])
    for note in dict.fromkeys(figure.note for figure in figures if figure.note):
        print(f"  {note}: {', '.join(figure.what for figure in figures if figure.note == note)}")
    rows = [figure.as_json() for figure in figures]
    write_document(options.out, name, machine, quick=options.quick, figures=rows)
