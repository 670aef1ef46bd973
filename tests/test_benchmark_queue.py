"""The queue of benchmarks: what it passes over, what it ends, what it says."""

import json
import os
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import all as benchmarks
from all import QUEUE, Entry, is_done, minutes_of, read_arguments, run
from machine import Commit

HERE = Commit("0123abcd", dirty=False)
STUB = """
import json, subprocess, sys, time
print("asked for", *sys.argv[1:], flush=True)
if "fail" in sys.argv: sys.exit(3)
if "hang" in sys.argv:
    held = sys.argv[sys.argv.index("hang") + 1]
    code = "import sys, time; held = open(sys.argv[1], 'w'); time.sleep(600)"
    subprocess.run([sys.executable, "-c", code, held])
"""


@pytest.fixture(autouse=True)
def _a_clean_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Commit, "here", classmethod(lambda _: HERE))


def write(document: Path, commit: dict[str, object] | None, **more: object) -> Path:
    document.write_text(json.dumps({"commit": commit, **more}), encoding="utf-8")
    return document


def queue(tmp_path: Path, *words: str, minutes: float = 1.0) -> benchmarks.Ran:
    (tmp_path / "stub.py").write_text(STUB, encoding="utf-8")
    entry = Entry("stub", minutes, words, disk=True)
    given = read_arguments(["--logs", str(tmp_path), "--folder", "where"], [entry])
    return run(entry, given, tmp_path, tmp_path)


def test_every_benchmark_is_a_script() -> None:
    assert [each.name for each in QUEUE if not (BENCHMARKS / f"{each.name}.py").exists()] == []
    assert len({each.name for each in QUEUE}) == len(QUEUE)


def test_only_whole_results_of_this_very_commit_are_passed_over(tmp_path: Path) -> None:
    same = {"hash": HERE.hash, "dirty": False}
    document = write(tmp_path / "a.json", same)
    assert is_done(document, HERE)
    assert not is_done(document, None)
    assert not is_done(document, Commit(HERE.hash, dirty=True))
    assert not is_done(tmp_path / "none.json", HERE)
    assert not is_done(write(tmp_path / "b.json", same, quick=True), HERE)
    assert not is_done(write(tmp_path / "b.json", same | {"dirty": True}), HERE)
    assert not is_done(write(tmp_path / "b.json", same | {"hash": "other"}), HERE)
    assert not is_done(write(tmp_path / "b.json", None), HERE)


def test_a_benchmark_runs_with_its_words_and_has_its_log(tmp_path: Path) -> None:
    ran = queue(tmp_path, "--batches", "1")
    assert (ran.outcome, ran.failed) == ("0", False)
    said = Path(ran.log).read_text(encoding="utf-8")
    assert said == f"asked for --batches 1 --folder where --out {tmp_path / 'stub.json'}\n"


def test_a_soak_has_the_time_that_was_asked_for_and_a_document_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night, or a minute: neither is the hour that the results are of."""
    limits_s: list[float] = []
    monkeypatch.setattr(benchmarks, "_until", lambda *told: limits_s.append(told[-1]) or str(told))
    write(tmp_path / "soak.json", {"hash": HERE.hash, "dirty": False})
    soak = next(each for each in QUEUE if each.name == "soak")
    given = read_arguments(["--logs", str(tmp_path), "--soak-minutes", "480"], QUEUE)
    ran = run(soak, given, tmp_path, tmp_path)
    assert min(limits_s) > 60 * 480
    assert f"'--minutes', '480.0', '--out', '{tmp_path / 'soak-480.json'}'" in ran.outcome
    assert minutes_of(soak, given) == 485
    assert minutes_of(soak, read_arguments([], QUEUE)) == soak.minutes == 65


def test_results_of_this_commit_are_not_measured_again(tmp_path: Path) -> None:
    write(tmp_path / "stub.json", {"hash": HERE.hash, "dirty": False})
    ran = queue(tmp_path)
    assert ran.outcome == "of this commit already"
    assert not ran.failed
    assert not (tmp_path / "stub.log").exists()


def test_a_failure_is_told(tmp_path: Path) -> None:
    ran = queue(tmp_path, "fail")
    assert (ran.outcome, ran.failed) == ("3", True)


def test_what_lacks_the_recordings_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVECARE_DATA", raising=False)
    entry = Entry("stub", 1, data=True)
    ran = run(entry, read_arguments(["--logs", str(tmp_path)], [entry]), tmp_path, tmp_path)
    assert "LIVECARE_DATA" in ran.outcome
    assert not ran.failed


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are of POSIX")
def test_a_benchmark_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    reading = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    ran = queue(tmp_path, "hang", str(tmp_path / "held"), minutes=1 / 180)
    assert ran.failed
    assert ran.outcome.startswith("ended after")
    os.set_blocking(reading, True)
    assert os.read(reading, 1) == b""  # nobody holds its other end any more
    os.close(reading)
