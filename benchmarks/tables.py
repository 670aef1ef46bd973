"""Writes what was measured into the README and the docs: tables, and pictures as SVG.

    python benchmarks/tables.py           # after benchmarks have written their JSON
    python benchmarks/tables.py --check   # changes nothing; exits with 1 where something is old

A page says where a table goes, and this script replaces what stands between::

    <!-- measured: begin NAME -->
    <!-- measured: end -->
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Final

from measured import Measured, absent
from measured_pages import PAGES
from measured_plots import PLOTS
from measured_readme import readme_table
from measured_tables import table_of
from report import RESULTS

ROOT: Final = Path(__file__).parents[1]
"""Of the checkout."""
PICTURES: Final = Path("docs", "pictures")
"""Where pictures are kept."""
BLOCK: Final = re.compile(
    r"(<!-- measured: begin ([\w-]+) -->\n).*?(<!-- measured: end -->)", re.DOTALL
)
TITLES: Final = {
    "latency": "Time from camera to restored against the camera's rate",
    "quality": "PSNR of restorations against the time of a frame",
    "cost": "Time of a frame against its size, by engine and precision",
}
"""What a picture shows, for those who do not see it."""
MADE_BY: Final = {"latency": "end_to_end.py", "quality": "suite.py", "cost": "engines.py"}
"""What measures what a picture shows."""


def main() -> None:
    """Write, or say what is old."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="only say what is old")
    given = parser.parse_args()
    old = {path: text for path, text in made(ROOT, RESULTS).items() if _text(path) != text}
    for path, text in old.items():
        print(f"{path.relative_to(ROOT)}: {'old' if given.check else 'written'}")
        if not given.check:
            path.write_text(text, encoding="utf-8")
    if given.check and old:
        sys.exit("the pages do not say what the results do: python benchmarks/tables.py")


def made(root: Path, results: Path) -> dict[Path, str]:
    """Return what every page and picture must be.

    Parameters
    ----------
    root : Path
        Of the checkout.
    results : Path
        Folder of the documents.
    """
    measured = Measured.read(results)
    pictures = {name: draw(measured) for name, draw in PLOTS.items()}
    found = {root / PICTURES / _file(name): svg for name, svg in pictures.items() if svg}
    for page in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        text = page.read_text(encoding="utf-8")
        if BLOCK.search(text):
            found[page] = fill(text, measured, pictures)
    return found


def fill(page: str, measured: Measured, pictures: dict[str, str | None]) -> str:
    """Return a page with all its blocks filled in. Raises KeyError for a block of no known name."""

    def filled(block: re.Match[str]) -> str:
        return f"{block[1]}{_content(block[2], measured, pictures)}\n{block[3]}"

    return BLOCK.sub(filled, page)


def _content(name: str, measured: Measured, pictures: dict[str, str | None]) -> str:
    if name == "readme":
        return readme_table(measured)
    kind, _, plot = name.partition("-")
    if kind != "plot":
        return PAGES[name](measured) if name in PAGES else table_of(name, measured)
    if pictures[plot]:
        return f"![{TITLES[plot]}](pictures/{_file(plot)})"
    return absent(MADE_BY[plot])


def _file(plot: str) -> str:
    return f"performance-{plot}.svg"


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
