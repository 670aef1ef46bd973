"""Which figures are others than in the results of an earlier commit.

    python benchmarks/changed.py 53c0e02             # ratios that moved by more than a fifth
    python benchmarks/changed.py 53c0e02 --by 1.1    # by more than a tenth

Ratios are compared, not times: the machine may be another. Engines are compared by their share of
the roofline, peers by how many times as fast as CSBDeep they are.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from measured import Document
from report import RESULTS, print_grid

ROOT: Final = Path(__file__).parents[1]
"""Of the checkout."""
FOLDER: Final = "benchmarks/results"
"""Of the documents, as git names it."""


def main() -> None:
    """Print what has changed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("commit", help="whose results are compared with those that are here")
    parser.add_argument("--by", type=float, default=1.2, help="least factor, either way")
    given = parser.parse_args()
    files = _git("ls-tree", "--name-only", given.commit, f"{FOLDER}/").splitlines()
    before = [json.loads(_git("show", f"{given.commit}:{name}")) for name in _json(files)]
    now = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    print_grid([("figure", "before", "now", "factor"), *changes(before, now, given.by)])


def changes(
    before: list[Document], now: list[Document], least: float
) -> Iterator[tuple[str, str, str, str]]:
    """Yield figures whose ratio changed.

    Parameters
    ----------
    before, now : list of dict
        Documents.
    least : float
        Smallest factor that is told, or one over it.
    """
    earlier = {name: ratio for document in before for name, ratio in _ratios(document)}
    for document in sorted(now, key=lambda each: str(each.get("benchmark"))):
        for name, ratio in _ratios(document):
            old = earlier.get(name)
            if old and ratio and not 1 / least < ratio / old < least:
                yield name, f"{old:.3f}", f"{ratio:.3f}", f"{ratio / old:.2f}"


def _ratios(document: Document) -> Iterator[tuple[str, float]]:
    """Yield what is comparable in a document, each under a name of its own."""
    benchmark = document.get("benchmark", "")
    for figure in document.get("figures", []):
        yield f"{benchmark}: {figure['what']} / {figure['limit_name']}", figure["ratio"]
    if benchmark == "engines":
        for row in document["rows"]:
            kind = f"{row['model']} {row['side']}² × {row['batch']}"
            yield f"engines: {row['engine']} {row['precision']}, {kind}", row["share"] or 0.0
    if benchmark == "peers":
        for row in document["rows"]:
            yield f"peers: {row['name']}", row.get("times_as_fast") or 0.0


def _json(files: list[str]) -> list[str]:
    return [name for name in files if name.endswith(".json")]


def _git(*words: str) -> str:
    command = ["git", "-C", str(ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
