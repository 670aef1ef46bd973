"""Looks at the engines: each is tried with a model, in a process that may crash."""

import json
import subprocess
import sys
from typing import Final

from livecare.engines import AUTO, AUTO_ORDER, ENGINES, resolve_engine
from livecare.errors import MissingExtraError
from livecare.supervisor.doctor.finding import Finding

WHAT: Final = "engine"
SIDE: Final = "256"
"""Rows and columns of the frames that engines are tried with, pixels: enough, and quick."""
TRIAL_S: Final = 300.0
"""Building with full TensorRT takes a minute or two the first time."""


def look_at_engines() -> list[Finding]:
    """Try every engine that is installed with the model of live runs; say which one runs, and why.

    Takes a second or two, and longer where something is built for the first time.
    """
    try:
        resolve_engine(AUTO)
    except MissingExtraError as error:
        found = f"none of {', '.join(AUTO_ORDER)} is installed"
        return [Finding(WHAT, found, "red", str(error), essential=True)]
    command = [sys.executable, "-m", "livecare", "build", "default-fast", "--json"]
    cure = "install the engines again: pip install --force-reinstall onnxruntime"
    try:
        done = subprocess.run(  # noqa: S603 our own program
            [*command, "--size", SIDE, SIDE],
            capture_output=True,
            text=True,
            timeout=TRIAL_S,
            check=False,
        )
        tried = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        found = f"no engine was ready within {TRIAL_S:.0f} s"
        return [Finding(WHAT, found, "red", cure, essential=True)]
    except json.JSONDecodeError:
        last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        return [Finding(WHAT, f"trying the engines failed: {last}", "red", cure, essential=True)]
    return _findings(tried)


def _findings(tried: list[dict[str, str | bool]]) -> list[Finding]:
    """Say what runs first, what would run instead, and what cannot."""
    good = [str(each["words"]) for each in tried if each["good"]]
    refused = [str(each["words"]) for each in tried if not each["good"]]
    if good:
        findings = [Finding(WHAT, f"'auto' takes {good[0]}")]
        findings += [Finding(WHAT, f"then {words}") for words in good[1:]]
    else:
        cure = "pip install 'livecare[onnxruntime]'"
        findings = [Finding(WHAT, "none can run a model", "red", cure, essential=True)]
    cure = "nothing, if you do not need it"
    findings += [Finding(WHAT, f"not {words}", "yellow", cure) for words in refused]
    missing = [name for name in AUTO_ORDER if not ENGINES[name].available]
    if missing:
        extras = ", ".join(f"'livecare[{ENGINES[name].extra}]'" for name in missing)
        words = f"not installed: {', '.join(missing)}"
        findings.append(Finding(WHAT, words, "yellow", f"if you need one: pip install {extras}"))
    return findings
