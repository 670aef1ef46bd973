"""Probe: which GPUs there are, asked in a process of its own that may crash or hang.

`python -m livecare.engines.tensorrt.probe` prints the answer as JSON. It asks CUDA alone: TensorRT
crashes where there is no GPU, and a broken driver can take its process along.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from livecare.engines.tensorrt.cuda import Cuda
from livecare.engines.tensorrt.key import Gpu
from livecare.errors import LivecareError

TIMEOUT_S: Final = 60.0
"""A GPU that sleeps takes up to some ten seconds to answer, a hung driver for ever."""
COMMAND: Final = (sys.executable, "-m", "livecare.engines.tensorrt.probe")
LAST_WORDS: Final = 300
"""Characters that are shown of what a process said before it died: its last line."""


def probe_cuda(timeout_s: float = TIMEOUT_S, command: Sequence[str] = COMMAND) -> list[Gpu] | str:
    """Return the GPUs that CUDA finds, at least one, or one line that says why there are none.

    Parameters
    ----------
    timeout_s : float
        How long to wait for the answer, seconds.
    command : sequence of str
        What to ask.
    """
    try:
        done = subprocess.run(  # noqa: S603 a program of ours
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return (
            f"CUDA did not answer within {timeout_s:g} s: the GPU or its driver hangs; "
            "look at nvidia-smi, and start the machine again"
        )
    except OSError as error:
        return f"CUDA could not be asked, {command[0]} does not start: {error}"
    if done.returncode:
        return (
            f"CUDA took its process along (exit code {done.returncode}{_last_words(done.stderr)}): "
            "install NVIDIA's current driver again"
        )
    return _read(done.stdout)


def _last_words(text: str) -> str:
    lines = text.strip().splitlines()
    return f", '{lines[-1][:LAST_WORDS]}'" if lines else ""


def _read(answer: str) -> list[Gpu] | str:
    """Return what a probe printed on its last line."""
    try:
        found = json.loads((answer.strip().splitlines() or [""])[-1])
        if "reason" in found:
            return str(found["reason"])
        return [_gpu(each) for each in found["gpus"]] or "CUDA finds no GPU"
    except (KeyError, TypeError, ValueError):
        return f"CUDA's answer cannot be read: {answer.strip()[-LAST_WORDS:]!r}"


def _gpu(fields: dict[str, Any]) -> Gpu:
    return Gpu(**{**fields, "capability": tuple(fields["capability"])})


def main() -> None:
    """Print {"gpus": [...]} or {"reason": "..."}."""
    try:
        found: dict[str, Any] = {"gpus": [asdict(gpu) for gpu in Cuda().gpus()]}
    except LivecareError as error:
        found = {"reason": str(error)}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
