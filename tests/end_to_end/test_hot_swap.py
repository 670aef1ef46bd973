"""Another model or engine takes over while a run goes on: no frame lost, none restored twice."""

import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
from live_run import LiveRun, StartRun, raw_sequences, simulated

from livecare.client.endpoints import find_control
from livecare.link.asking import ask
from livecare.link.requests import Done, Refused, SwapRequest
from livecare.sinks.reader import StoreReader

pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
TIMEOUT_S = 60.0
WAYS = [
    SwapRequest(model="default-fast", engine="onnxruntime"),
    SwapRequest(engine="identity"),
    SwapRequest(engine="onnxruntime"),
    SwapRequest(model="default"),
    SwapRequest(engine="identity"),
]


def served(store: Path) -> list[tuple[str, str]]:
    """Model and engine of each restored frame, in the order of the sequences."""
    lines = sorted(StoreReader(store).lines("restored"), key=lambda line: line.sequence)
    made = [line.provenance for line in lines]
    assert [line.sequence for line in lines] == list(range(len(lines)))
    return [(each["model"], each["engine"]) for each in made if not each.get("backfilled")]


def change(run: LiveRun, request: SwapRequest) -> str:
    """Ask for a change at once when some more frames were restored; it must be made."""
    before = run.snapshots[-1].ledger.restored
    run.until(lambda seen: seen.ledger.restored > before + 5)
    answer = ask(find_control(run.rings), request, TIMEOUT_S)
    assert isinstance(answer, Done), answer
    return answer.words


def test_five_changes_lose_no_frame_and_restore_none_twice(start_run: StartRun) -> None:
    run = start_run(simulated(frames=None, rate_hz=100.0, engine="identity"))
    run.until(lambda seen: seen.restorer == "ready")
    pid = run.child("restorer").pid
    for request in WAYS:
        words = change(run, request)
        if request.engine is not None:
            assert request.engine in words
    run.until(lambda seen: seen.engine.startswith("identity") and seen.model == "livecare default")
    assert run.child("restorer").pid == pid, "the process goes on"
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    ledger = outcome.report["ledger"]
    frames = ledger["acquired"]
    assert (ledger["recorded"], ledger["restored"], ledger["lost"]) == (frames, frames, 0)
    assert outcome.report["restorer"]["changes"] == len(WAYS)
    assert outcome.report["restorer"]["restarts"] == 0
    assert raw_sequences(run.store) == set(range(frames))
    turns = [serving for serving, _ in groupby(served(run.store))]
    assert turns == [
        ("livecare default-fast", "identity"),
        ("livecare default-fast", "onnxruntime"),
        ("livecare default-fast", "identity"),
        ("livecare default-fast", "onnxruntime"),
        ("livecare default", "onnxruntime"),
        ("livecare default", "identity"),
    ], "each serves once, from one frame on"
    assert outcome.stderr.count("model changed") == len(WAYS), "one line each"


def test_a_change_that_cannot_be_leaves_everything_as_it_is(
    start_run: StartRun, tmp_path: Path
) -> None:
    run = start_run(simulated(frames=None, rate_hz=50.0, engine="onnxruntime"))
    run.until(lambda seen: seen.restorer == "ready" and seen.ledger.restored > 3)
    control = find_control(run.rings)
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "bioimageio.yaml").write_text("type: model", encoding="utf-8")
    for request, words in (
        (SwapRequest(model="no such model"), "there is no model"),
        (SwapRequest(model=str(damaged)), "bioimageio.yaml"),
        (SwapRequest(precision="fp16"), "fp16"),
        (SwapRequest(), "nothing was asked"),
    ):
        answer = ask(control, request, TIMEOUT_S)
        assert isinstance(answer, Refused)
        assert words in answer.reason
    before = run.snapshots[-1].ledger.restored
    run.until(lambda seen: seen.ledger.restored > before + 5)
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0
    assert outcome.report["restorer"]["changes"] == 0
    assert set(served(run.store)) == {("livecare default-fast", "onnxruntime")}


@pytest.mark.slow
def test_people_change_it_from_the_command_line(start_run: StartRun) -> None:
    run = start_run(simulated(frames=None, rate_hz=50.0, engine="identity"))
    run.until(lambda seen: seen.restorer == "ready" and seen.ledger.restored > 3)
    command = [sys.executable, "-m", "livecare", "swap", "--directory", str(run.rings)]
    done = subprocess.run(
        [*command, "--engine", "onnxruntime"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "livecare default-fast: onnxruntime fp32 on CPUExecutionProvider" in done.stdout
    refused = subprocess.run(
        [*command, "--model", "nonsense"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "not changed: there is no model 'nonsense'" in refused.stderr
    run.interrupt()
    assert run.finish().exit_code == 0
