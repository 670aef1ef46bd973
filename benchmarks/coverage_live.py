"""What uncertainty costs beside the engine alone, and how much of it a small table keeps.

    python benchmarks/coverage_live.py           # writes results/coverage_live.json
    python benchmarks/coverage_live.py --quick

Cost: least processor time of turns that follow each other: a frame alone, the same with its spread,
the way of the spread to counts by itself, and the table. The least, as other work slows some turns.
Table: measured on the first frame of a recording, used on its last one.
"""

import argparse
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from machine import Machine
from report import place_of, print_grid, write_document

from livecare.engines import Engine, make_engine
from livecare.ensembles import make_ensemble
from livecare.evaluation.metrics import coverage
from livecare.evaluation.preparing import prepare
from livecare.evaluation.suite import build_suite
from livecare.frame import Pixels
from livecare.models import Model, load_bundled
from livecare.models.sample import sample_of
from livecare.models.uncertainty.spread_table import SpreadTable

ENGINES: Final = ("openvino", "onnxruntime")
SIDES_PX: Final = (512, 2048)
TURNS: Final = {512: 25, 2048: 5}
CHANGE: Final = 1e-3
"""Parts by which members differ, so that no engine takes them for one."""
KERNEL_AXES: Final = 4
"""Of a convolution's weights; other constants are sizes."""
SETS: Final = ("nandb-well2", "fmd", "w2s-channel0")


def restore(engine: Engine, frame: Pixels, normalisation: Any, *, spread: bool) -> list[Any]:  # noqa: ANN401
    """Return restored and, where it is wanted, spread, shape (y, x)."""
    made = [np.empty((1, *frame.shape), np.float32) for _ in range(2)]
    engine.infer(frame[None], made[0], [normalisation], made[1] if spread else None)
    return [each[0] for each in made]


def cost(engine_name: str, model: Model, side: int, turns: int) -> dict[str, Any]:
    """Return milliseconds per frame: alone, with its spread, and for the table."""
    sample = sample_of(model, "uint16", (side, side))
    engine, alone = make_engine(engine_name), make_engine(engine_name)
    engine.load(model, 1)
    alone.load(model, 1)  # never asked for a spread: some engines then leave out what only it needs
    pixels, spread = restore(engine, sample.frame, sample.normalisation, spread=True)
    values = np.empty(pixels.shape, np.float32)
    sample.normalisation.normalise(sample.frame, values)
    scales, room = np.full_like(values, 0.2), np.empty_like(values)
    jobs: dict[str, Callable[[], object]] = {
        "alone": lambda: restore(alone, sample.frame, sample.normalisation, spread=False),
        "with_spread": lambda: restore(engine, sample.frame, sample.normalisation, spread=True),
        "to_counts": lambda: sample.normalisation.spread(values, scales, room),
        "table": lambda: SpreadTable.measure(pixels, spread),
    }
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(turns):
        for name, job in jobs.items():
            started = time.process_time()
            job()
            taken[name].append(1e3 * (time.process_time() - started))
    engine.close()
    alone.close()
    found = {name: float(np.min(each)) for name, each in taken.items()}
    return {"engine": engine_name, "model": model.name, "side_px": side} | found


def kept(name: str, data: Path, *, quick: bool) -> list[dict[str, Any]]:
    """Return how a table of one frame does on another one, for the recordings of a set."""
    model, engine = load_bundled("default-fast"), make_engine("onnxruntime")
    engine.load(model, 1)
    rows = []
    for images in build_suite(data, (name,), quick=quick):
        for recording in images.recordings:
            ready = prepare(images, recording)
            noise = ready.subject.restored_with
            normaliser = model.lock(list(recording.frames[:8]), noise=noise)
            first, last = ready.frames[0], ready.frames[-1]
            table = SpreadTable.measure(
                *restore(engine, first.raw, normaliser.of(first.raw), spread=True)
            )
            pixels, spread = restore(engine, last.raw, normaliser.of(last.raw), spread=True)
            told = table.over(pixels)
            if last.truth is None:
                continue
            truth = (last.truth.image, 0.9, last.truth_noise)
            rows.append(
                {
                    "set": images.name,
                    "recording": recording.name,
                    "same_frame": len(ready.frames) == 1,
                    "off_by": float(np.median(np.abs(np.log(told / spread)))),
                    "covered_by_spread": coverage(pixels, spread, *truth),
                    "covered_by_table": coverage(pixels, told, *truth),
                }
            )
    engine.close()
    return rows


def ensemble(folder: Path) -> Model:
    """Return three models folded into one: default-fast, twice with weights a little larger."""
    fast = load_bundled("default-fast")
    members = [fast]
    for number in (1, 2):
        copy = folder / f"member{number}"
        shutil.copytree(fast.folder, copy)
        network = onnx.load(copy / "model.onnx")
        for weight in network.graph.initializer:
            values = onnx.numpy_helper.to_array(weight)
            if values.ndim == KERNEL_AXES:
                other = np.asarray(values * (1 + CHANGE * number), np.float32)
                weight.CopyFrom(onnx.numpy_helper.from_array(other, weight.name))
        changed = network.SerializeToString()
        (copy / "model.onnx").write_bytes(changed)
        file = copy / "bioimageio.yaml"
        digest = hashlib.sha256(changed).hexdigest()
        text = file.read_text(encoding="utf-8").replace(fast.sha256, digest)
        file.write_text(text, encoding="utf-8")
        members.append(Model.load(copy))
    return make_ensemble(members, folder / "ensemble", "three of default-fast")[0]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, help="the JSON")
    options = parser.parse_args()
    machine, data = Machine.here(), Path(os.environ["LIVECARE_DATA"])
    sides = SIDES_PX[:1] if options.quick else SIDES_PX
    with tempfile.TemporaryDirectory() as folder:
        models = (load_bundled("default-fast"), ensemble(Path(folder)))
        costs = [
            cost(name, model, side, 2 if options.quick else TURNS[side])
            for side in sides
            for model in models
            for name in ENGINES
        ]
    rows = [row for name in SETS for row in kept(name, data, quick=options.quick)]
    show(costs, rows)
    out = place_of(parser, options, "coverage_live")
    write_document(out, "coverage_live", machine, costs=costs, table=rows)


def show(costs: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Print both tables."""
    heads = ["engine", "model", "side", "alone ms", "with spread", "more", "to counts", "table ms"]
    grid = [heads]
    for row in costs:
        alone, both = row["alone"], row["with_spread"]
        cells = (f"{alone:.1f}", f"{both:.1f}", f"{both / alone - 1:+.0%}")
        own = (f"{row['to_counts']:.1f}", f"{row['table']:.1f}")
        grid.append([row["engine"], row["model"], str(row["side_px"]), *cells, *own])
    print_grid(grid)
    grid = [["set", "recordings", "table off by", "covered by spread", "by table"]]
    for name in SETS:
        mine = [row for row in rows if row["set"] == name]
        means = (
            float(np.mean([row[key] for row in mine]))
            for key in ("off_by", "covered_by_spread", "covered_by_table")
        )
        grid.append([name, str(len(mine)), *(f"{each:.1%}" for each in means)])
    print_grid(grid)


if __name__ == "__main__":
    main()
