"""A configuration file that is changed under a run: no frame lost, each by the right model."""

import os
import signal
import subprocess
import sys
from itertools import groupby
from typing import Any

import pytest
from live_run import LiveRun, StartRun, raw_sequences, simulated

from livecare.client.endpoints import find_control
from livecare.frame import NormalisationKind
from livecare.link.asking import ask
from livecare.link.requests import Done, MarkRequest, Refused, ReloadRequest
from livecare.sinks.reader import StoreReader

pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
TIMEOUT_S = 60.0
ANSCOMBE: NormalisationKind = "anscombe"


def edit(run: LiveRun, before: str, after: str) -> None:
    file = run.home / "run.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def some_more(run: LiveRun) -> None:
    """Wait until some more frames were restored live."""
    before = run.snapshots[-1].ledger.restored
    run.until(lambda seen: seen.ledger.restored > before + 5)


def reload(run: LiveRun, before: str, after: str) -> list[str]:
    """Change the file and have it read; what can be done must be done."""
    some_more(run)
    edit(run, before, after)
    answer = ask(find_control(run.rings), ReloadRequest(), TIMEOUT_S)
    assert isinstance(answer, Done), answer
    return answer.words.splitlines()


def live_lines(run: LiveRun) -> list[dict[str, Any]]:
    """How each frame was restored live, in the order of the sequences."""
    lines = sorted(StoreReader(run.store).lines("restored"), key=lambda line: line.sequence)
    assert [line.sequence for line in lines] == list(range(len(lines)))
    return [line.provenance for line in lines if not line.provenance.get("backfilled")]


def test_several_reloads_lose_no_frame_and_each_takes_hold_from_one_frame_on(
    start_run: StartRun,
) -> None:
    table = simulated(frames=None, rate_hz=60.0, engine="identity")
    table["restorer"] |= {"model": "default-fast", "latency_budget_ms": 100.0}
    table["log"] = {"level": "info"}
    run = start_run(table)
    run.until(lambda seen: seen.restorer == "ready" and bool(seen.normalisation))
    pid = run.child("restorer").pid
    [same] = reload(run, "[restorer]", "# a remark\n[restorer]")
    assert same.startswith("nothing has changed")
    changed, restores = reload(run, '"identity"', '"onnxruntime"')
    assert changed == "changed: restorer.engine identity → onnxruntime"
    assert "onnxruntime fp32" in restores
    wrong = '"onnxruntime"\nlatency_budget = 5\nmax_batch = "2"'
    edit(run, '"onnxruntime"', wrong)
    refused = ask(find_control(run.rings), ReloadRequest(), TIMEOUT_S)
    assert isinstance(refused, Refused)
    assert "did you mean 'restorer.latency_budget_ms'?" in refused.reason
    assert 'restorer.max_batch is "2"; give a whole number' in refused.reason
    assert f"{run.home / 'run.toml'}:" in refused.reason
    edit(run, wrong, '"onnxruntime"')
    given = '"default"\ncamera = { gain = 3.5, offset = 90.0, read_noise = 2.5 }'
    changed, restores, later = reload(run, '"default-fast"', f"{given}\nready_timeout_s = 5.0")
    assert "restorer.model default-fast → default" in changed
    assert restores.startswith("restores now: livecare default: onnxruntime")
    assert later == "at the next start: restorer.ready_timeout_s 60.0 → 5.0"
    run.until(lambda seen: seen.model == "livecare default" and seen.engine.startswith("onnx"))
    [locked] = run.until(lambda seen: "configuration" in seen.normalisation[0].origin).normalisation
    assert (locked.kind, locked.values["gain"]) == (ANSCOMBE, 3.5)
    some_more(run)
    reload(run, "100.0", "30.0")
    some_more(run)
    edit(run, '"onnxruntime"', '"identity"')
    os.kill(run.process.pid, signal.SIGHUP)
    run.until(lambda seen: seen.engine.startswith("identity"))
    some_more(run)
    assert run.child("restorer").pid == pid, "the process goes on"
    assert isinstance(ask(find_control(run.rings), MarkRequest("the end"), TIMEOUT_S), Done)
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    check(run, outcome.report, outcome.stderr)


def check(run: LiveRun, report: dict[str, Any], stderr: str) -> None:
    """Compare what was recorded with what was asked for."""
    ledger, frames = report["ledger"], report["ledger"]["acquired"]
    assert (ledger["recorded"], ledger["restored"], ledger["lost"]) == (frames, frames, 0)
    assert raw_sequences(run.store) == set(range(frames))
    assert report["restorer"]["restarts"] == 0
    made = live_lines(run)
    turns = [key for key, _ in groupby((each["model"], each["engine"]) for each in made)]
    assert turns == [
        ("livecare default-fast", "identity"),
        ("livecare default-fast", "onnxruntime"),
        ("livecare default", "onnxruntime"),
        ("livecare default", "identity"),
    ]
    gains = [key for key, _ in groupby(each["normalised_with"]["gain"] for each in made)]
    assert gains[1:] == [3.5], "what the file says holds from the first frame of its model on"
    assert [
        key
        for key, _ in groupby(
            (each["model"], each["normalised_with"]["gain"] == 3.5) for each in made
        )
    ] == [("livecare default-fast", False), ("livecare default", True)]
    marks = [each.text.partition(" → ")[0] for each in StoreReader(run.store).marks()]
    assert marks == [
        "configuration reloaded: restorer.engine identity",
        "configuration reloaded: restorer.model default-fast",
        "configuration reloaded: restorer.latency_budget_ms 100.0",
        "configuration reloaded: restorer.engine onnxruntime",
        "the end",
    ]
    assert stderr.count("configuration reloaded") == 4
    assert stderr.count("configuration not reloaded") == 1


@pytest.mark.slow
def test_people_reload_from_the_command_line(start_run: StartRun) -> None:
    table = simulated(frames=None, rate_hz=50.0, engine="identity")
    run = start_run(table, ["--no-backfill"])
    run.until(lambda seen: seen.ledger.restored > 3)
    command = [sys.executable, "-m", "livecare", "reload", "--directory", str(run.rings)]
    edit(run, '"identity"', '"identity"\nlatency_budget_ms = 20.0\nbackfill = true')
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "changed: restorer.latency_budget_ms 100.0 → 20.0"
    edit(run, "latency_budget_ms = 20.0", "latency_budget_ms = 0.0")
    refused = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    assert refused.returncode == 1
    assert "restorer.latency_budget_ms is 0.0; give a number, above 0" in refused.stderr
    assert refused.stderr.startswith("livecare: not reloaded: ")
    run.interrupt()
    assert run.finish().exit_code == 0
