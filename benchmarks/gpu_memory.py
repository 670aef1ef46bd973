"""A GPU whose memory is gone: the engine must refuse with words, and the recording go on.

Three cases: the engine is loaded when nothing is free, and again when there is; a run begins when
nothing is free; memory goes away in mid-run. In both runs every raw frame must be recorded.

    python benchmarks/gpu_memory.py --out FILE
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from engine_options import gpu_engines
from engine_side import command
from machine import Machine
from report import write_document
from runs import LivecareRun, Setting
from sides import BENCHMARKS, RefusedError, Side

from livecare.engines import ENGINES

FRAME_PX: Final = 2048
"""Rows and columns of the frames of the engine that is loaded: it needs some memory."""
SETTING: Final = (512, 50.0, 300)
"""Rows and columns, rate and number of the frames of a run: 6 s."""
FULL_AT: Final = 50
"""Frames that are acquired when memory goes away in mid-run."""


def main() -> None:
    """Try each engine, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, required=True, help="the JSON")
    parser.add_argument("--engines", nargs="+", default=gpu_engines())
    given = parser.parse_args()
    machine = Machine.here()
    rows: list[dict[str, Any]] = []
    for engine in given.engines:
        for case, trial in (("load", load), ("run", run_without), ("mid-run", run_that_loses_it)):
            rows.append({"engine": engine, "case": case, **attempt(trial, engine)})
            print(rows[-1])
            write_document(given.out, "gpu_memory", machine, rows=rows)


def attempt(trial: Callable[[str, Side], dict[str, Any]], engine: str) -> dict[str, Any]:
    """Try a case with a hog of its own; what breaks is part of the result."""
    with Side("hog", [sys.executable, str(BENCHMARKS / "gpu_hog.py")], 1) as hog:
        try:
            return trial(engine, hog)
        except (RefusedError, RuntimeError, TimeoutError) as error:
            return {"failed": " ".join(str(error).split())[-400:]}


def load(engine: str, hog: Side) -> dict[str, Any]:
    """Load and restore while nothing is free, then again; the first must be refused."""
    order: dict[str, Any] = {"model": "default", "side": FRAME_PX, "batch": 1, "threads": 1}
    with Side(engine, command(engine, ENGINES[engine].precisions[0]), 1) as side:
        taken = hog.ask("fill")
        refusal = ""
        try:
            side.ask("load", **order)
            side.ask("run", seconds=0.0, least=1)
        except RefusedError as error:
            refusal = str(error)
        survived = side.alive
        hog.ask("free")
        answer = side.ask("load", **order) if survived else {}
    return {"hog": taken, "refusal": refusal, "process_survived": survived, "afterwards": answer}


def run_without(engine: str, hog: Side) -> dict[str, Any]:
    """Run when nothing is free from the beginning."""
    taken = hog.ask("fill")
    return {"hog": taken, **_run(engine, lambda: None)}


def run_that_loses_it(engine: str, hog: Side) -> dict[str, Any]:
    """Run, and take all memory when some frames are acquired."""
    return _run(engine, lambda: hog.ask("fill"))


def _run(engine: str, take: Callable[[], object]) -> dict[str, Any]:
    """Return whether every raw frame was recorded, and what the run says of itself."""
    side, rate_hz, frames = SETTING
    setting = Setting(side, rate_hz, frames, engine)
    with tempfile.TemporaryDirectory() as folder, LivecareRun(Path(folder), setting) as run:
        for snapshot in run.snapshots():
            if snapshot.ledger.acquired >= FULL_AT:
                take()
                break
        report = run.report()
    ledger = report["ledger"]
    whole = ledger["recorded"] == ledger["acquired"] == frames and not ledger["lost"]
    return {"raw_recorded_whole": whole, "ledger": ledger, "problems": report["problems"]}


if __name__ == "__main__":
    main()
