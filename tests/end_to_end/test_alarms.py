"""Restored frames that are not to be believed: said, withheld, or the end, as on_alarm wants it."""

import itertools
from typing import Any

import pytest
from live_run import LiveRun, StartRun, Table, merge, raw_sequences, restored_sequences, simulated
from run_here import assert_sound

from livecare.sinks.reader import StoreReader

pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")

GLARE: Table = {"dtype": "uint8", "bit_depth": 8, "photons": 400.0, "bleach_half_life": 1e9}
"""So much light that an 8-bit camera is saturated by it in many places."""


def glaring(policy: str, **more: Any) -> Table:  # noqa: ANN401 - any of the source's keys
    source = simulated(
        frames=None, rate_hz=25, size_yx=(96, 96), engine="onnxruntime", **GLARE, **more
    )
    guards = {"on_alarm": policy, "after_frames": 3}
    camera = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}
    return merge(source, {"restorer": {"guards": guards, "camera": camera}})


def assert_complete(run: LiveRun) -> list[dict[str, Any]]:
    """Wait for the end: every frame is there. Return what each restored one was made with."""
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    every = set(range(outcome.report["ledger"]["acquired"]))
    assert raw_sequences(run.store) == restored_sequences(run.store) == every
    assert_sound(run.store)
    lines = sorted(StoreReader(run.store).lines("restored"), key=lambda line: line.sequence)
    return [dict(line.provenance or {}) for line in lines]


def test_an_alarm_is_said_written_and_counted_to_the_frame(start_run: StartRun) -> None:
    run = start_run(glaring("warn"))
    now = run.until(lambda now: bool(now.alarm) and now.tally.guards["saturated"].frames > 10)
    assert "saturated" in now.alarm
    assert "Lower the exposure" in now.alarm
    run.interrupt()
    made = assert_complete(run)
    said = run.finish().report["guards"]
    for name, found in said.items():
        read = [each["guards"][name] for each in made if name in each["guards"]]
        assert found["frames"] == len(read)
        assert found["alarms"] == sum(value > threshold for value, threshold in read)
    judged = [each for each in made if each["guards"]]
    assert said["saturated"]["alarms"] == len(judged) > 0.2 * len(made), "most are spared live"
    assert run.finish().report["stopped_by"] == ""


def test_raw_frames_are_shown_instead_and_restored_afterwards(start_run: StartRun) -> None:
    run = start_run(glaring("raw"))
    run.until(lambda now: bool(now.alarm))
    passed = run.now()
    later = run.until(lambda now: now.ledger.recorded > passed.ledger.recorded + 20)
    assert later.ledger.restored == passed.ledger.restored, "nothing restored is shown any more"
    assert later.skipped_live > passed.skipped_live
    run.interrupt()
    made = assert_complete(run)
    live = [not each.get("backfilled", False) for each in made]
    assert sum(live) < len(live)
    assert all(each["guards"]["saturated"][0] > 0.01 for each in made if each["guards"])
    assert all(each["guards"] for each in made if each.get("backfilled", False))
    changes = sum(early != late for early, late in itertools.pairwise(live))
    assert changes <= 2, "it does not come and go"


def test_the_acquisition_ends_in_order(start_run: StartRun) -> None:
    run = start_run(glaring("stop"))
    outcome = run.finish()
    assert len(assert_complete(run)) == outcome.report["ledger"]["acquired"] > 3
    assert "saturated" in outcome.report["stopped_by"]
    assert "ended by an alarm" in outcome.stderr


def test_nothing_watches_where_that_is_not_wanted(start_run: StartRun) -> None:
    run = start_run(merge(glaring("stop"), {"restorer": {"guards": {"enabled": False}}}))
    run.until(lambda now: now.ledger.restored > 20)
    run.interrupt()
    assert all(each["guards"] == {} for each in assert_complete(run))
    assert run.finish().report["guards"] == {}


def test_light_and_sureness_are_told_live(start_run: StartRun) -> None:
    camera = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}
    still = {"bleach_half_life": 1e9, "photons": 20.0, "bank_frames": 64}
    source = simulated(frames=None, rate_hz=20, size_yx=(96, 96), engine="onnxruntime", **still)
    run = start_run(merge(source, {"restorer": {"camera": camera}}))
    now = run.until(lambda now: bool(now.spreads) and bool(now.light.factors))
    [spread] = now.spreads
    assert spread.channel == 0
    assert 0 < spread.spreads[0][0] < spread.spreads[-1][-1]
    assert all(factor > 1 for factor in now.light.factors.values())
    assert (now.light.exposure_ms, now.light.given_ms) == (None, None), "nobody said the exposure"
    run.interrupt()
    assert_complete(run)
    assert run.finish().report["light"]["factors"].keys() == {"channel 0"}
