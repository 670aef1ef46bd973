"""How good restorations are, and how long each takes: the suite of `livecare evaluate`.

    python benchmarks/suite.py                 # bundled models and classical restorations
    python benchmarks/suite.py --only fmd      # sets whose names begin so
    python benchmarks/suite.py --quick         # tiny cuts: shows that it runs

A network has all cores, as in a run; the classical ones are as their packages are.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from machine import Machine
from report import place_of, print_grid, write_document

from livecare.evaluation import Evaluation, Options, SetResult, build_suite, run_evaluation


def main() -> None:
    """Evaluate, print, write."""
    named = os.environ.get("LIVECARE_DATA")
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=named, required=not named)
    parser.add_argument("--only", nargs="+", default=(), metavar="SET", help="only these sets")
    parser.add_argument("--models", nargs="+", default=(), help="other models than the bundled")
    parser.add_argument("--baselines", nargs="+", default=("all",), help="names, all or none")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--quick", action="store_true", help="tiny cuts")
    parser.add_argument("--out", type=Path, help="the JSON")
    given = parser.parse_args()
    machine = Machine.here()
    settings = Options(
        models=tuple(given.models), baselines=tuple(given.baselines), engine=given.engine,
        say=lambda words: print(words, flush=True),
    )  # fmt: skip
    sets = build_suite(Path(given.data), tuple(given.only), quick=given.quick)
    with tempfile.TemporaryDirectory() as folder:  # nothing is taken from an earlier run's cache
        found = run_evaluation("the suite", sets, settings, Path(folder))
    show(found)
    write_document(
        place_of(parser, given, "suite"), "suite", machine, quick=given.quick, engine=given.engine,
        models=[{"name": each.name, "sha256": each.sha256} for each in found.models],
        sets=[as_json(each) for each in found.sets],
    )  # fmt: skip


def as_json(found: SetResult) -> dict[str, Any]:
    """Return what was found on a set, without pictures."""
    contestants = [
        {
            "name": each.name,
            "label": each.label,
            "kind": each.kind,
            "status": each.status,
            "frames": each.frames,
            "scores": {
                name: round(value, 4)
                for name in each.scores.names()
                if (value := getattr(each.scores, name)) is not None
            },
        }
        for each in found.outcomes
    ]
    return {
        "name": found.name,
        "groups": found.groups,
        "pixels": found.about.get("pixels", ""),
        "violation_expected": found.expects_violation,
        "violation_reported": found.violated,
        "contestants": contestants,
    }


def show(found: Evaluation) -> None:
    """Print a line for each set and contestant."""
    rows: list[tuple[str, ...]] = [("set", "contestant", "PSNR dB", "SSIM", "s per frame")]
    for each in found.sets:
        for outcome in each.outcomes:
            scores = outcome.scores
            values = (scores.psnr_db, scores.ssim, scores.seconds_per_frame)
            cells = ("" if value is None else f"{value:.4g}" for value in values)
            rows.append((each.name, outcome.label, *cells))
    print_grid(rows)


if __name__ == "__main__":
    main()
