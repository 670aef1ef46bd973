"""How much intervals of 90 % hold: as predicted, and recalibrated on frames that are left out here.

    python benchmarks/coverage.py                       # both models, every set with a truth
    python benchmarks/coverage.py --only default-fast   # one of them
    python benchmarks/coverage.py --quick               # cut images: shows that it runs

Every frame is judged by intervals that were fitted to others: of other fields ("fields"), or of the
same fields ("frames"), or of this one field, as a user has them who repeats frames of the specimen.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from machine import Machine
from report import place_of, print_grid, write_document

from livecare.evaluation.conformal import GROUPS
from livecare.evaluation.imageset import ImageSet, Recording
from livecare.evaluation.recalibrating import Held, Judged, judge_set, recalibrate
from livecare.evaluation.suite import build_suite
from livecare.models import find_model
from livecare.models.anscombe import CameraNoise
from livecare.simulation import random_field

MODELS: Final = ("default-fast", "default")
TRUTHS: Final = ("nandb-well1", "nandb-well2", "fmd", "fmd-n2f", "w2s")
"""The suite's sets with a truth."""
SPOILED: Final = ("row-noise", "correlated-noise")
"""Those whose noise was made worse on purpose: shown, and not promised."""
FRAMES: Final = 4
"""Frames scored per field, where there are so many."""
BAND: Final = (0.85, 0.95)
"""What intervals of 90 % are to cover of each set."""
CAMERA: Final = CameraNoise(2.0, 100.0, 1.5)
"""Of the simulated repeats."""
REPEATS: Final = 20
"""Simulated frames of one field: fewer than nandb has, so that the truth's own noise matters."""
SIDE_PX: Final = 256
PEAKS: Final = (5.0, 20.0, 80.0)
"""Photons of the brightest pixels of a simulated field."""
FIELDS: Final = 4
"""Simulated fields per peak."""
SEED: Final = 820_001


def simulated(quick: bool) -> tuple[ImageSet, ImageSet]:  # noqa: FBT001 one switch
    """Return repeats of simulated fields, and the same with the truth that they only estimate."""
    rng = np.random.default_rng(SEED)
    side = SIDE_PX // 2 if quick else SIDE_PX
    known: list[Recording] = []
    for peak in PEAKS:
        for number in range(FIELDS):
            field = random_field((side, side), rng)
            photons = 1 + peak * field / np.quantile(field, 0.999)
            electrons = rng.poisson(photons, (REPEATS, side, side)) + rng.normal(
                0, CAMERA.read_noise_e, (REPEATS, side, side)
            )
            counts = CAMERA.offset_adu + CAMERA.gain_adu_per_e * electrons
            truth = CAMERA.offset_adu + CAMERA.gain_adu_per_e * photons
            frames = np.clip(np.rint(counts), 0, 65535).astype(np.uint16)
            name = f"{peak:g} photons, field {number + 1}"
            known.append(Recording(name, frames, truth.astype(np.float32), camera=CAMERA))
    blind = tuple(replace(each, truth=None, repeats=True) for each in known)
    title = "simulated fields"
    return (
        ImageSet("simulated-repeats", title, blind, scored_frames=FRAMES),
        ImageSet("simulated-truth", title, tuple(known), scored_frames=FRAMES),
    )


def row_of(name: str, left_out: str, held: Sequence[Held]) -> dict[str, Any]:
    """Return what was found in a set, for one way of leaving out."""
    after = [each.after for each in held]
    mean = float(np.mean(after))
    return {
        "set": name,
        "left_out": left_out,
        "frames": len(held),
        "before": float(np.mean([each.before for each in held])),
        "before_range": [min(x.before for x in held), max(x.before for x in held)],
        "after": mean,
        "after_range": [min(after), max(after)],
        "frames_in_band": sum(BAND[0] <= each <= BAND[1] for each in after),
        "wide_before": float(np.mean([each.wide_before for each in held])),
        "wide_after": float(np.mean([each.wide_after for each in held])),
        "met": BAND[0] <= mean <= BAND[1],
        "held": [asdict(each) for each in held],
    }


def rows_of(name: str, judged: Sequence[Judged], groups: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each way of leaving out that a set allows."""
    fields = list(dict.fromkeys(each.field for each in judged))
    repeated = len({each.frame for each in judged}) > 1
    if len(fields) > 1:
        yield row_of(name, "fields", recalibrate(judged, "fields", groups).held)
    if repeated:
        yield row_of(name, "frames", recalibrate(judged, "frames", groups).held)
        alone = ([each for each in judged if each.field == field] for field in fields)
        own = [held for each in alone for held in recalibrate(each, "frames", groups).held]
        yield row_of(name, "frames, each field by itself", own)


def measure(model_name: str, data: Path, *, quick: bool) -> list[dict[str, Any]]:
    """Return the rows of a model."""
    model = find_model(model_name)
    rows: list[dict[str, Any]] = []
    for images in build_suite(data, (*TRUTHS, *SPOILED), quick=quick):
        judged = judge_set(
            model, replace(images, scored_frames=FRAMES), "onnxruntime", say=_say(model_name)
        )
        for groups in (1, GROUPS):
            for row in rows_of(images.name, judged, groups):
                promised = images.name not in SPOILED
                rows.append({"model": model_name, "groups": groups, "promised": promised} | row)
    return rows


def measure_simulated(model_name: str, *, quick: bool) -> list[dict[str, Any]]:
    """Return what intervals fitted to repeats hold of the truth that only a simulation knows."""
    blind, known = simulated(quick)
    model, rows = find_model(model_name), []
    by_repeats, by_truth = (
        judge_set(model, each, "onnxruntime", say=_say(model_name)) for each in (blind, known)
    )
    for peak in PEAKS:
        begins = f"{peak:g} photons"
        seen, real = (
            [each for each in judged if each.field.startswith(begins)]
            for judged in (by_repeats, by_truth)
        )
        intervals = recalibrate(seen).intervals
        rows.append(
            {
                "model": model_name,
                "set": f"simulated, {begins}",
                "before_repeats": float(np.mean([x.pixels.coverage() for x in seen])),
                "before_truth": float(np.mean([x.pixels.coverage() for x in real])),
                "after_repeats": recalibrate(seen).after,
                "after_truth": float(np.mean([x.pixels.coverage(intervals) for x in real])),
            }
        )
    return rows


def _say(model_name: str) -> Any:  # noqa: ANN401 a callable
    return lambda words: print(f"{model_name}: {words}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=(), metavar="MODEL", help="only these models")
    parser.add_argument("--out", type=Path, help="the JSON")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    machine = Machine.here()
    data = Path(os.environ["LIVECARE_DATA"])
    models = options.only or MODELS
    rows = [row for name in models for row in measure(name, data, quick=options.quick)]
    repeats = [row for name in models for row in measure_simulated(name, quick=options.quick)]
    show(rows, repeats)
    out = place_of(parser, options, "coverage")
    write_document(out, "coverage", machine, band=BAND, sets=rows, simulated=repeats)


def show(rows: list[dict[str, Any]], repeats: list[dict[str, Any]]) -> None:
    """Print both tables."""
    grid = [["model", "set", "left out", "groups", "before", "after", "frames", "wide", "met"]]
    for row in rows:
        low, high = row["after_range"]
        grid.append(
            [
                row["model"],
                row["set"],
                row["left_out"],
                str(row["groups"]),
                f"{row['before']:.1%}",
                f"{row['after']:.1%} ({low:.0%} to {high:.0%})",
                f"{row['frames_in_band']} of {row['frames']}",
                f"{row['wide_before']:.0%} > {row['wide_after']:.0%}",
                ("yes" if row["met"] else "no") if row["promised"] else "not promised",
            ]
        )
    print_grid(grid)
    heads = ["before_repeats", "before_truth", "after_repeats", "after_truth"]
    print_grid(
        [
            ["model", "set", *heads],
            *([row["model"], row["set"], *(f"{row[x]:.1%}" for x in heads)] for row in repeats),
        ]
    )


if __name__ == "__main__":
    main()
