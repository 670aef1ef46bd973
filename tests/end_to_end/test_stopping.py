"""Ctrl-C once and twice, and an engine that has no time for every frame."""

import signal
from pathlib import Path

import pytest
from live_run import PATIENCE_S, StartRun, raw_sequences, restored_sequences, simulated
from run_here import assert_sound, cli, finished

from livecare.sinks.verify import verify


def test_one_interrupt_ends_in_order(start_run: StartRun) -> None:
    run = start_run(simulated(frames=None, rate_hz=100, size_yx=(48, 48)))
    run.until(lambda now: now.ledger.recorded > 20)
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    ledger = outcome.report["ledger"]
    assert outcome.report["complete"]
    assert raw_sequences(run.store) == set(range(ledger["acquired"]))
    assert restored_sequences(run.store) == set(range(ledger["acquired"]))
    assert_sound(run.store)


def test_a_second_interrupt_ends_at_once(start_run: StartRun) -> None:
    """The restorer is stopped, so that the run cannot come to its end by itself."""
    run = start_run(simulated(frames=None, rate_hz=100, size_yx=(48, 48)))
    run.until(lambda now: now.ledger.restored > 20)
    restorer, publisher = run.child("restorer"), run.child("publisher")
    restorer.send_signal(signal.SIGSTOP)
    run.interrupt()
    drained = run.until(lambda now: now.stage == "draining")
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 3
    assert f"livecare recover {run.store}" in outcome.stderr
    assert not outcome.report
    assert not list(run.rings.iterdir())
    for child in (restorer, publisher):
        child.wait(PATIENCE_S)

    assert cli("verify", run.store).returncode == 3
    recovered = cli("recover", run.store)
    assert recovered.returncode == 0, recovered.stderr
    assert verify(run.store).sound
    assert raw_sequences(run.store) == set(range(drained.ledger.acquired))


def test_terminated_while_the_engine_starts(start_run: StartRun) -> None:
    """Before the first frame; a service manager asks the recorder alone."""
    run = start_run(simulated(frames=None, rate_hz=100, size_yx=(48, 48)))
    run.until(lambda now: now.stage == "starting")
    run.process.send_signal(signal.SIGTERM)
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert_sound(run.store)


@pytest.mark.parametrize("backfill", [True, False])
def test_more_frames_than_the_engine_has_time_for(tmp_path: Path, *, backfill: bool) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    frames = 96
    table = simulated(
        frames=frames, rate_hz=2000, size_yx=(128, 128), engine="onnxruntime", buffer_frames=frames
    )
    store, outcome = finished(tmp_path, table, *([] if backfill else ["--no-backfill"]))
    assert outcome.exit_code == 0, outcome.stderr
    report, ledger = outcome.report, outcome.report["ledger"]
    assert report["complete"]
    assert ledger["acquired"] == ledger["recorded"] == frames
    assert report["restorer"]["skipped_live"] > 0
    assert raw_sequences(store) == set(range(frames))
    restored = restored_sequences(store)
    assert len(restored) == ledger["restored"]
    if backfill:
        assert restored == set(range(frames))
        assert report["restorer"]["backfilled"] >= report["restorer"]["skipped_live"]
    else:
        assert ledger["restored"] + ledger["skipped"] == frames
        assert ledger["skipped"] == report["restorer"]["skipped_live"]
    assert_sound(store)


def test_the_engine_is_ready_when_all_is_over(tmp_path: Path) -> None:
    """The first frame that the restorer ever sees is a back-filled one: it must not be passed over
    while the normalisation is locked.
    """
    table = simulated(frames=3, rate_hz=0, size_yx=(48, 48))
    table["restorer"]["ready_timeout_s"] = 0
    _, outcome = finished(tmp_path, table)
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.report["ledger"]["restored"] == 3


def test_fewer_frames_than_the_normalisation_is_locked_from(tmp_path: Path) -> None:
    store, outcome = finished(tmp_path, simulated(frames=2, rate_hz=50, size_yx=(48, 48)))
    assert outcome.exit_code == 0, outcome.stderr
    assert restored_sequences(store) == {0, 1}
