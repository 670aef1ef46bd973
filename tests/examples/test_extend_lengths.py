"""Each example of CONTRIBUTING.md is short, and named there."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 60
"""Lines that are not blank."""


@pytest.mark.parametrize("kind", ["source", "engine", "sink", "guard", "recipe"])
def test_an_example_is_short_and_found(kind: str) -> None:
    example = ROOT / "examples" / f"extend_{kind}.py"
    lines = [line for line in example.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= MOST
    assert f"examples/{example.name}" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
