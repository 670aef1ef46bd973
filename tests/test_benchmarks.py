"""Each benchmark runs and says what it measured, on what machine."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import hot_swap
from all import QUEUE
from report import RESULTS, place_of


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


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("", True),
        ("--data elsewhere --folder there --write --seeds 6", True),
        ("--seeds 1", False),
        ("--seeds 12", False),
        ("--quick", False),
        ("--only a", False),
    ],
)
def test_only_a_whole_run_is_kept_among_the_results(
    tmp_path: Path, words: str, *, kept: bool
) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--only", nargs="+", default=())
    for name in ("--quick", "--write"):
        parser.add_argument(name, action="store_true")
    for name in ("--data", "--folder", "--out"):
        parser.add_argument(name, type=Path)

    given = parser.parse_args(words.split())
    named = parser.parse_args([*words.split(), "--out", str(tmp_path / "own.json")])

    assert place_of(parser, given, "made_up") == (RESULTS / "made_up.json" if kept else None)
    assert place_of(parser, named, "made_up") == tmp_path / "own.json"


@pytest.mark.parametrize("name", [each.name for each in QUEUE])
def test_no_benchmark_finds_its_place_by_itself(name: str) -> None:
    text = (BENCHMARKS / f"{name}.py").read_text(encoding="utf-8")
    assert "RESULTS" not in text
    assert "read_options(" in text or "read_arguments(" in text or "place_of(parser, " in text


def test_the_rings_of_two_hot_swaps_lie_apart_and_are_removed() -> None:
    with hot_swap._rings_folder() as rings, hot_swap._rings_folder() as others:
        assert rings != others
        (Path(rings) / "ring").write_bytes(b"a ring")
    assert not Path(rings).exists()
