"""What every model package must do: be valid for BioImage.IO's own checker, without a network."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPT = """
import sys
from bioimageio.spec import load_description_and_validate_format_only
summary = load_description_and_validate_format_only(sys.argv[1])
faults = [str(error) for detail in summary.details for error in detail.errors]
sys.exit("; ".join(faults) or (summary.status != "valid-format" and summary.status) or 0)
"""


def check_with_bioimageio(folder: Path) -> None:
    """Validate in a process of its own, since the checker leaves files open (0.5.14)."""
    if find_spec("bioimageio") is None:
        pytest.skip("bioimageio.spec is missing")
    nowhere = "http://127.0.0.1:9"  # a check that fetches something would fail
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "bioimageio.yaml")],
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
