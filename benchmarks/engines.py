"""Every engine × precision × model × frame × batch: latency, Mpx/s, and share of the roofline.

    python benchmarks/engines.py
    python benchmarks/engines.py --engines tensorrt:fp16 onnxruntime-cuda:fp16 --batches 1 2 4 8

Each engine lives in a process of its own; in each round each of them runs once, one at a time, and
what a matrix product and a copy reach is measured before each case; the best of the run counts. An
engine that refuses has its reason in its row. The JSON is written after every case, so that a run
that is stopped keeps what it has. `--reference` names the folder of the reference network
(`reference_network.py`), which is made there, or in the user's cache, if torch is installed.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any, Final

import psutil
from engine_options import GPU_ENGINES, Effort, read_arguments
from engine_rows import HEADINGS, Case, Row
from engine_side import command
from machine import Machine
from reference_network import NAME, reference
from report import print_grid, write_document
from roofline import Ceilings, Work
from sides import BENCHMARKS, RefusedError, Side, take_turns

from livecare.errors import MissingExtraError
from livecare.models import find_model

KINDS: Final = ("cpu", "gpu")
"""Of devices whose rates are measured."""
KEPT: Final = 3
"""Of the activations that a network makes, every third is there at a time, or fewer."""


def main() -> None:
    """Measure, print, write."""
    given = read_arguments(sys.argv[1:], (__doc__ or "").split("\n", maxsplit=1)[0])
    effort = Effort(
        given.threads, given.rounds, given.seconds, given.least, given.limit_s, given.quick
    )
    machine = Machine.here()
    rows: list[Row] = []
    measured: list[dict[str, Any]] = []
    packages, absent = find_packages(given.models, given.reference)
    works = {name: Work.of(find_model(str(path)).onnx_path) for name, path in packages.items()}
    every = product(given.batches, packages, given.sides)  # batches last, should the time be up
    cases = [Case(model, side, batch) for batch, model, side in every]
    for made, ceilings in measure_all(given.engines, cases, packages, works, effort):
        measured.append(ceilings)
        rows = beside_ceilings([*rows, *made], works, measured)
        parts = {"rows": [row.as_json() for row in rows], "ceilings": measured}
        write_document(given.out, "engines", machine, quick=given.quick, absent=absent, **parts)
    print(f"engines: {machine}")
    print_grid([HEADINGS, *(row.as_cells() for row in rows)])
    for model, reason in absent.items():
        print(f"{model}: not measured: {reason}")


def find_packages(
    models: Sequence[str], folder: Path | None
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return where each model's package lies, and why others are absent."""
    found, absent = {}, {}
    for name in models:
        try:
            package = reference(folder) if name == NAME else find_model(name)
            found[name] = package.folder
        except MissingExtraError as error:
            absent[name] = str(error)
    return found, absent


def measure_all(
    engines: Sequence[str],
    cases: Sequence[Case],
    packages: dict[str, Path],
    works: dict[str, Work],
    effort: Effort,
) -> Iterator[tuple[list[Row], dict[str, Any]]]:
    """Yield the rows of each case, and the ceilings that were measured with it."""
    begun = time.monotonic()
    with ExitStack() as stack:
        limits = stack.enter_context(
            Side("ceilings", [sys.executable, str(BENCHMARKS / "ceilings.py")], effort.threads)
        )
        sides: dict[str, Side] = {}
        for case in cases:
            if time.monotonic() - begun > effort.limit_s:
                yield _all_refused(engines, case, "not tried: the time was up"), {}
                continue
            for name in engines:
                if name not in sides or not sides[name].alive:
                    side = Side(name, command(*name.split(":")), effort.threads)
                    sides[name] = stack.enter_context(side)
            measured = _measure_ceilings(limits, engines, effort)
            package = str(packages[case.model])
            made = _measure(sides, case, package, works[case.model], effort)
            yield list(made), measured


def _measure_ceilings(
    limits: Side, engines: Sequence[str], effort: Effort
) -> dict[str, dict[str, Any]]:
    """Return the rates of the CPU and, where an engine wants it, of the GPU."""
    asked = {"threads": effort.threads, "small": effort.quick}
    wanted = {"cpu": False, "gpu": True}
    on_gpu = [name.split(":")[0] in GPU_ENGINES for name in engines]
    if not any(on_gpu):
        del wanted["gpu"]
    if all(on_gpu):
        del wanted["cpu"]
    return {name: limits.ask("measure", gpu=gpu, **asked) for name, gpu in wanted.items()}


def _measure(
    sides: dict[str, Side],
    case: Case,
    package: str,
    work: Work,
    effort: Effort,
) -> Iterator[Row]:
    """Load all that will, let them take turns, and free them."""
    loaded: dict[str, dict[str, Any]] = {}
    refused: dict[str, str] = {}
    for name, side in sides.items():
        needed = sum(name.split(":")[0] not in GPU_ENGINES for name in (*loaded, name))
        try:
            check_memory(work, case, needed)
            loaded[name] = side.ask(
                "load",
                model=package,
                side=case.side,
                batch=case.batch,
                threads=effort.threads,
                check=case.batch == 1,
            )
        except RefusedError as error:
            refused[name] = str(error)
    running = [sides[name] for name in loaded]
    taken, failed = take_turns(running, effort.rounds, effort.seconds, effort.least)
    for name, side in sides.items():
        engine, precision = name.split(":")
        if name not in taken:
            reason = refused.get(name) or failed[name]
            yield Row(engine, precision, case, refused=reason)
            continue
        side.ask("close")
        yield Row.of(engine, precision, case, loaded[name], taken[name])


def beside_ceilings(
    rows: Sequence[Row], works: dict[str, Work], measured: Sequence[dict[str, Any]]
) -> list[Row]:
    """Return rows with their floors by the best rates that were measured in the whole run."""
    best = {
        name: Ceilings.best([each[name] for each in measured if name in each]) for name in KINDS
    }
    return [
        row.beside(works[row.case.model], best["gpu" if row.engine in GPU_ENGINES else "cpu"])
        for row in rows
    ]


def check_memory(work: Work, case: Case, contenders: int) -> None:
    """Refuse a case that would not fit into memory. Raises RefusedError."""
    needed = contenders * work.values * case.pixels * 4 / 2 / KEPT
    available = psutil.virtual_memory().available
    if needed > available:
        raise RefusedError(
            f"not tried: needs about {needed / 1e9:.0f} GB, {available / 1e9:.0f} GB are free"
        )


def _all_refused(engines: Sequence[str], case: Case, reason: str) -> list[Row]:
    named = (name.split(":") for name in engines)
    return [Row(engine, precision, case, refused=reason) for engine, precision in named]


if __name__ == "__main__":
    main()
