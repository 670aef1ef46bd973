"""A run that is asked for what takes no engine: marks and a new lock; no frame is lost by it."""

import pytest
from live_run import StartRun, raw_sequences, simulated

from livecare.client.endpoints import find_control
from livecare.link.asking import ask
from livecare.link.requests import Done, MarkRequest, Offer, OfferRequest, Refused, RelockRequest
from livecare.sinks.reader import StoreReader
from livecare.sinks.verify import verify

TIMEOUT_S = 60.0


def test_marks_and_a_new_lock_in_a_run_that_goes_on(start_run: StartRun) -> None:
    run = start_run(simulated(frames=None, rate_hz=50.0, engine="identity"))
    seen = run.until(lambda seen: seen.ledger.restored > 10)
    [before] = seen.normalisation
    assert (seen.recording, seen.store, seen.marks) == (True, str(run.store), 0)
    assert "relock" not in seen.refused
    control = find_control(run.rings)
    offer = ask(control, OfferRequest(), TIMEOUT_S)
    assert isinstance(offer, Offer)
    assert "default-fast" in offer.models
    relocked = ask(control, RelockRequest(), TIMEOUT_S)
    assert isinstance(relocked, Done), relocked
    seen = run.until(lambda seen: seen.normalisation != (before,))
    [after] = seen.normalisation
    assert after.origin == "estimated anew from 8 frames"
    assert after.values["gain"] == pytest.approx(before.values["gain"], rel=0.5)
    assert isinstance(ask(control, MarkRequest("drug added"), TIMEOUT_S), Done)
    assert isinstance(ask(control, MarkRequest("the third", 2), TIMEOUT_S), Done)
    assert isinstance(ask(control, MarkRequest("two\nlines"), TIMEOUT_S), Refused)
    seen = run.until(lambda seen: seen.marks == 2 and seen.age_p99_ms is not None)
    assert seen.recorded_s is not None
    assert seen.recorded_s > 0.2
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    frames = outcome.report["ledger"]["acquired"]
    assert raw_sequences(run.store) == set(range(frames))
    assert outcome.report["ledger"]["lost"] == 0
    marks = StoreReader(run.store).marks()
    assert [each.text for each in marks] == ["drug added", "the third"]
    assert (marks[1].sequence, verify(run.store).marks) == (2, 2)
    used = {
        tuple(line.provenance["normalised_with"].values())
        for line in StoreReader(run.store).lines("restored")
        if line.provenance is not None
    }
    assert used == {tuple(before.values.values()), tuple(after.values.values())}
