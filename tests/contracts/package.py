"""What every model package must do: be valid for BioImage.IO's own checker, without a network."""

import atexit
import functools
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

CHECKER = """
import sys
from bioimageio.spec import load_description_and_validate_format_only
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    try:
        summary = load_description_and_validate_format_only(line.rstrip("\\n"))
        faults = [repr(str(error)) for detail in summary.details for error in detail.errors]
        said = "; ".join(faults) or ("" if summary.status == "valid-format" else summary.status)
    except Exception as error:
        said = repr(error)
    print(said, file=answers, flush=True)
"""
"""Answers each path of a description with its faults, a line for a line; "" where it has none."""


def check_with_bioimageio(folder: Path) -> None:
    """Validate in a process of its own, since the checker leaves files open (0.5.14)."""
    if find_spec("bioimageio") is None:
        pytest.skip("bioimageio.spec is missing")
    checker = _checker()
    assert checker.stdin is not None
    assert checker.stdout is not None
    checker.stdin.write(f"{folder / 'bioimageio.yaml'}\n")
    checker.stdin.flush()
    answer = checker.stdout.readline()
    assert answer, "the checker has ended: what it said is above"
    assert answer == "\n", answer


@functools.cache
def _checker() -> subprocess.Popen[str]:
    """Start the one that answers all tests of this process: it takes seconds to load."""
    nowhere = "http://127.0.0.1:9"  # a check that fetches something would fail
    checker = subprocess.Popen(
        [sys.executable, "-c", CHECKER],
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(checker.communicate)  # ends its input, and so it
    return checker
