"""The advisor's benchmark runs, and says how right predictions are."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "advisor.py"


@pytest.mark.slow
def test_a_smoke_run_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="runs the model: livecare[onnxruntime]")
    out = tmp_path / "result.json"
    command = [sys.executable, str(SCRIPT), "--quick", "--only", "simulated-given"]
    ended = subprocess.run(
        [*command, "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["benchmark"] == "advisor"
    assert result["quick"] is True
    assert result["machine"]["cpu"]
    for name, found in result["groups"].items():
        assert name in ended.stdout
        assert found["psnr_within_1_db"] > 0.9
        assert found["advice_given"] <= found["advice_asked"]
