"""Real runs as monitoring sees them: scraped while they go on, and to the frame at their end."""

import itertools
import json
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("uvicorn", reason="the extra 'metrics' is missing")
if sys.platform == "win32":
    pytest.skip("POSIX signals and process groups", allow_module_level=True)

from exported import PATIENCE_S, Values, ledger_of, until, value, values
from live_run import merge, simulated

from livecare.client.endpoints import find_control
from livecare.config import make_config
from livecare.errors import SourceError
from livecare.link.asking import ask
from livecare.link.requests import Done, RecordRequest
from livecare.supervisor import Run

JSON_LOGS = {"log": {"format": "json"}}


def assert_equal_to_the_report(run: Any, outcome: Any) -> Values:  # noqa: ANN401 - see conftest
    """Compare the file, the last snapshot and the report, to the frame."""
    found = values(run.textfile.read_text(encoding="utf-8"))
    ledger = outcome.report["ledger"]
    assert ledger_of(found) == ledger
    last = run.live.last_snapshot()
    assert last.stage == "ended"
    assert ledger_of(found) == {name: getattr(last.total, name) for name in ledger}
    steps = [value(found, "livecare_frames_failed_total", step=s) for s in ("recorded", "restored")]
    assert sum(steps) == ledger["failed"]
    assert steps[0] == ledger["acquired"] - ledger["recorded"]
    restorer = outcome.report["restorer"]
    assert value(found, "livecare_frames_backfilled_total") == restorer["backfilled"]
    assert value(found, "livecare_up") == 0
    assert value(found, "livecare_stage", stage="ended") == 1
    assert run.ask("/metrics")[0] == 0, "the port belongs to the run"
    return found


def counters(text: str) -> Values:
    return {key: number for key, number in values(text).items() if key[0].endswith("_total")}


def test_a_run_of_several_parts_whose_children_die(start_exported: Any) -> None:  # noqa: ANN401
    table = simulated(frames=None, rate_hz=60, size_yx=(48, 48))
    run = start_exported(merge(table, JSON_LOGS))
    live = run.live
    live.until(lambda now: now.ledger.restored > 5)
    run.until("/readyz", lambda status, _: status == 200)
    scrapes = [counters(run.ask("/metrics")[1])]

    live.child("restorer").kill()
    live.until(lambda now: now.restarts == 1 and now.restorer == "ready")
    control = find_control(live.rings)
    assert isinstance(ask(control, RecordRequest(on=False), PATIENCE_S), Done)
    live.until(lambda now: now.tally.unrecorded.acquired > 10)
    scrapes.append(counters(run.ask("/metrics")[1]))

    live.child("exporter").kill()
    live.until(lambda now: now.tally.restarts["exporter"] == 1)
    assert isinstance(ask(control, RecordRequest(on=True), PATIENCE_S), Done)
    second = live.until(
        lambda now: now.tally.parts == 3 and now.ledger.recorded > 20 and now.restorer == "ready"
    )
    assert second.total.recorded > second.ledger.recorded, "of both recordings"
    scrapes.append(counters(run.until("/metrics", lambda status, _: status == 200)))
    status = json.loads(run.ask("/status")[1])
    assert status["telemetry"]["tally"]["parts"] == 3

    live.interrupt()
    outcome = live.finish()
    assert outcome.exit_code == 0, outcome.stderr
    found = assert_equal_to_the_report(run, outcome)
    assert value(found, "livecare_frames_unrecorded_total", outcome="acquired") > 10
    assert value(found, "livecare_child_restarts_total", child="restorer") == 1, outcome.stderr
    assert value(found, "livecare_child_restarts_total", child="exporter") == 1
    scrapes.append({key: number for key, number in found.items() if key[0].endswith("_total")})
    for earlier, later in itertools.pairwise(scrapes):
        assert [key for key, number in earlier.items() if later[key] < number] == []

    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert {line["process"] for line in lines} == {"recorder", "restorer", "publisher", "exporter"}
    assert {line["run_id"] for line in lines} == {outcome.report["run_id"]}
    parts = {line.get("part") for line in lines if line["process"] == "restorer"}
    assert {None, 2} <= parts <= {None, 1, 2}


@pytest.mark.slow
def test_a_run_that_cannot_begin_is_not_left_as_going_on(tmp_path: Path) -> None:
    class NoCamera:
        lost_at_end, problem = 0, None

        def open(self, run_id: str) -> None:
            raise SourceError(f"no camera for {run_id}: switch it on")

        def request_stop(self) -> None:
            """Nothing to stop."""

        def close(self) -> None:
            """Nothing to close."""

    textfile = tmp_path / "livecare.prom"
    table = {
        "store": {"path": str(tmp_path / "run.ome.zarr")},
        "ring": {"directory": str(tmp_path / "rings")},
        "restorer": {"enabled": False},
        "metrics": {"textfile": str(textfile)},
    }
    source: Any = NoCamera()
    with pytest.raises(SourceError, match="switch it on"):
        Run(make_config(table, "test"), source, lambda _: None).execute()
    found = values(textfile.read_text(encoding="utf-8"))
    assert value(found, "livecare_up") == 0
    assert value(found, "livecare_problems") == 1
    assert set(ledger_of(found).values()) == {0}
    assert list((tmp_path / "rings").iterdir()) == []


@pytest.mark.slow
def test_a_camera_that_loses_frames(start_exported: Any) -> None:  # noqa: ANN401
    table = simulated(frames=20_000, rate_hz=200_000, size_yx=(64, 64), buffer_frames=16)
    run = start_exported(table)
    outcome = run.live.finish()
    assert outcome.exit_code == 3
    assert outcome.report["ledger"]["lost"] > 0
    found = assert_equal_to_the_report(run, outcome)
    assert value(found, "livecare_problems") == len(outcome.report["problems"])


@pytest.mark.slow
def test_an_exporter_that_hangs_holds_nobody_up(start_exported: Any) -> None:  # noqa: ANN401
    run = start_exported(simulated(frames=None, rate_hz=50, size_yx=(32, 32)))
    run.live.until(lambda now: now.ledger.recorded > 5)
    run.until("/healthz", lambda status, _: status == 200)
    run.live.child("exporter").send_signal(signal.SIGSTOP)
    now = run.live.now()
    run.live.until(lambda later: later.ledger.recorded > now.ledger.recorded + 50)
    run.live.interrupt()
    outcome = run.live.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.report["complete"]
    assert "child did not end in time" in outcome.stderr


@pytest.mark.slow
def test_an_exporter_that_is_dead_at_the_end_has_the_last_word(
    start_exported: Any,  # noqa: ANN401
) -> None:
    """Killed three times, it waits to be started again when the run ends."""
    run = start_exported(simulated(frames=None, rate_hz=50, size_yx=(32, 32)))
    run.live.until(lambda now: now.ledger.recorded > 5)
    for death in range(1, 4):
        until(lambda: len(run.live.children("exporter")) == 1)
        run.live.child("exporter").kill()
        if death < 3:
            run.live.until(lambda now, death=death: now.tally.restarts["exporter"] == death)
    run.live.interrupt()
    outcome = run.live.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert_equal_to_the_report(run, outcome)


@pytest.mark.slow
def test_a_run_that_is_killed_is_said_to_have_died(start_exported: Any) -> None:  # noqa: ANN401
    run = start_exported(simulated(frames=None, rate_hz=50, size_yx=(32, 32)))
    run.live.until(lambda now: now.ledger.recorded > 20)
    run.until("/metrics", lambda _, text: ledger_of(values(text)).get("recorded", 0) > 0)
    exporter = run.live.child("exporter")
    run.live.process.kill()
    run.live.process.wait(PATIENCE_S)
    psutil.wait_procs([exporter], PATIENCE_S)
    found = values(run.textfile.read_text(encoding="utf-8"))
    assert value(found, "livecare_stage", stage="died") == 1
    assert value(found, "livecare_up") == 0
    assert ledger_of(found)["recorded"] > 0


@pytest.mark.slow
def test_a_run_that_waits_for_its_source_is_healthy_and_not_ready(
    start_exported: Any,  # noqa: ANN401
) -> None:
    table = {"source": {"kind": "push", "push": {"endpoint": "tcp://127.0.0.1:*"}}}
    run = start_exported(merge(table, {"restorer": {"enabled": False}}))
    run.live.until(lambda now: now.stage == "starting" and not now.tally.parts)
    run.until("/healthz", lambda status, _: status == 200)
    status, words = run.ask("/readyz")
    assert (status, json.loads(words)["reasons"]) == (
        503,
        ["it is starting, or waits for its source"],
    )
    run.live.interrupt()
    outcome = run.live.finish()
    assert outcome.exit_code == 0, outcome.stderr
    found = values(run.textfile.read_text(encoding="utf-8"))
    assert value(found, "livecare_stage", stage="ended") == 1
    assert not list(run.live.rings.iterdir())
