"""Each engine beside fp32 on the CPU, on the test frames of each bundled model, of several sizes.

python benchmarks/gpu_correct.py --out FILE [--engines tensorrt:fp16 onnxruntime-cuda:fp32]
"""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from engine_options import every_engine, gpu_engines
from engine_side import command
from machine import Machine
from report import print_grid, write_document
from sides import RefusedError, Side

from livecare.models import bundled_names

SIDES: Final = ((160, 160), (512, 512), (517, 771))
"""Rows and columns of the frames, pixels: the package's own, a camera's, and one that fits no
stride."""
HEADINGS: Final = ("engine", "model", "frame", "relative RMS", "largest", "passed")


def main() -> None:
    """Compare, print, write after each comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, required=True, help="the JSON")
    parser.add_argument(
        "--engines", nargs="+", default=every_engine(gpu_engines()), metavar="NAME:PRECISION"
    )
    given = parser.parse_args()
    machine = Machine.here()
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        for name in given.engines:
            side = Side(name, command(*name.split(":")), machine.cores)
            stack.enter_context(side)
            for model in bundled_names():
                for shape in SIDES:
                    rows.append(_compare(side, model, shape, machine.cores))
                    write_document(given.out, "gpu_correct", machine, rows=rows)
    print_grid([HEADINGS, *map(_cells, rows)])


def _compare(side: Side, model: str, shape: tuple[int, int], threads: int) -> dict[str, Any]:
    row: dict[str, Any] = {"engine": side.name, "model": model, "shape": shape}
    try:
        return row | side.ask("verify", model=model, shape=shape, threads=threads)
    except RefusedError as error:
        return row | {"refused": str(error)}


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    what = (row["engine"], row["model"], "{} × {}".format(*row["shape"]))
    if "refused" in row:
        return (*what, "refused", "", row["refused"])
    found = row["check"]
    passed = "yes" if found["passed"] else "NO"
    return (*what, f"{found['relative_rms']:.1e}", f"{found['largest']:.1e}", passed)


if __name__ == "__main__":
    main()
