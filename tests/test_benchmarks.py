"""Each benchmark runs and says what it measured, on what machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize(
    "name",
    [
        "store",
        "transport",
        "curve",
        pytest.param("end_to_end", marks=pytest.mark.slow),
        "bridge",
        "viewer",
    ],
)
def test_a_smoke_run_prints_a_table_and_writes_json(name: str, tmp_path: Path) -> None:
    if name == "viewer":
        pytest.importorskip(
            "PySide6.QtWidgets",
            reason="the extra viewer is missing: pip install 'livecare[viewer]'",
            exc_type=ImportError,
        )
    out = tmp_path / "result.json"
    script = BENCHMARKS / f"{name}.py"
    command = [sys.executable, str(script), "--quick", "--folder", str(tmp_path), "--out", str(out)]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["benchmark"] == name
    assert result["quick"] is True
    assert result["machine"]["cpu"]
    assert result["machine"]["packages"]["livecare"]
    assert result["commit"] is None or len(result["commit"]["hash"]) == 40
    assert result["figures"]
    for figure in result["figures"]:
        assert figure["what"] in ended.stdout
        assert figure["limit_name"]
        assert len(figure["ratios"]) >= 1


def test_a_smoke_run_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    command = [sys.executable, str(BENCHMARKS / "store.py"), "--quick", "--out", str(out)]

    subprocess.run([*command, "--folder", str(tmp_path)], check=True, capture_output=True)

    assert list(tmp_path.iterdir()) == [out]
