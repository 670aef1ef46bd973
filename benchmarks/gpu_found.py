"""What a GPU machine has: GPUs, driver, and the packages that use them.

python benchmarks/gpu_found.py --reason    # nothing where there is a GPU; else why not, one line
python benchmarks/gpu_found.py --out FILE  # everything, JSON
"""

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from cuda_driver import DriverError, find_gpus

PROBES: Final = {
    "onnxruntime": "import onnxruntime as o; print(o.__version__, *o.get_available_providers())",
    "torch": "import torch as t; print(t.__version__, t.version.cuda, t.cuda.is_available())",
    "tensorrt": "import tensorrt as t; print(t.__version__)",
    "tensorrt_rtx": "import tensorrt_rtx as t; print(t.__version__)",
    "cuda-bindings": "import cuda.bindings as c; print(c.__version__)",
    "openvino": "import openvino as o; print(o.__version__)",
}
"""What tells a package's version and what it can; each in a process of its own."""
PROBE_S: Final = 60.0
QUERY: Final = "name,driver_version,memory.total,memory.used,utilization.gpu,clocks.sm,power.draw"
"""What nvidia-smi is asked."""


def why_none() -> str:
    """Return why there is no GPU to measure, in one line; "" where there is one."""
    try:
        return "" if find_gpus() else "no GPU: the driver shows none"
    except DriverError as error:
        return f"no GPU: {error}"


def describe() -> dict[str, Any]:
    """Return all that was found."""
    reason = why_none()
    return {
        "gpus": [] if reason else [asdict(each) for each in find_gpus()],
        "reason": reason,
        "nvidia-smi": _output(["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv"]),
        "python": sys.version.split()[0],
        "packages": {
            name: _output([sys.executable, "-c", probe]) for name, probe in PROBES.items()
        },
    }


def _output(command: list[str]) -> str:
    """Return what a command prints; its last line of errors, or that it is not there."""
    if shutil.which(command[0]) is None:
        return f"there is no {command[0]}"
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=PROBE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"silent for {PROBE_S:.0f} s"
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or ["no word"]
        return f"ended with {ended.returncode}: {said[-1]}"
    return ended.stdout.strip()


def main() -> None:
    """Tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--reason", action="store_true", help="only why there is no GPU")
    parser.add_argument("--out", type=Path, help="the JSON")
    given = parser.parse_args()
    if given.reason:
        print(why_none())
        return
    told = json.dumps(describe(), indent=2)
    print(told)
    if given.out:
        given.out.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
