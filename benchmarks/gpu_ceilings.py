"""The roofline of the GPU that torch sees: matrix products, copies in its memory, frames to it.

python benchmarks/gpu_ceilings.py --out FILE
"""

import argparse
import sys
from pathlib import Path

from machine import Machine
from report import write_document
from sides import BENCHMARKS, Side


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, required=True, help="the JSON")
    given = parser.parse_args()
    machine = Machine.here()
    with Side("ceilings", [sys.executable, str(BENCHMARKS / "ceilings.py")], machine.cores) as side:
        rates = side.ask("measure", threads=machine.cores, gpu=True)
    print(rates)
    write_document(given.out, "gpu_ceilings", machine, rates=rates)


if __name__ == "__main__":
    main()
