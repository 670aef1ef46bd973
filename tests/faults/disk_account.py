"""The account of recordings that could not be closed, since their disk was beyond it."""

from pathlib import Path

from fault_run import Trial, check_nothing_left, check_telemetry
from live_run import LiveRun, Outcome, raw_sequences, restored_sequences

from livecare.frame import Ledger
from livecare.sinks.recover import recover
from livecare.sinks.verify import verify


def broken_off(run: LiveRun, *said: str) -> tuple[Outcome, Ledger]:
    """Wait for the end of a run whose disk let it down; it must say so, and how far it came."""
    outcome = run.finish()
    assert outcome.exit_code == 3, outcome.stderr
    assert "\nTraceback" not in f"\n{outcome.stderr}", outcome.stderr
    problems = "\n".join(outcome.report["problems"])
    for words in said:
        assert words in problems, f"{words}: {problems}"
    assert not outcome.report["complete"]
    ledger = Ledger(**outcome.report["ledger"])
    assert ledger.acquired <= ledger.recorded + ledger.failed, ledger
    assert ledger.acquired == ledger.restored + ledger.skipped + ledger.failed, ledger
    check_telemetry(run, ledger)
    check_nothing_left(run)
    return outcome, ledger


def settle_unclosed(trial: Trial, run: LiveRun, *said: str, store: Path | None = None) -> Outcome:
    """Have the recording recovered once its disk is well: it is what the run has reported.

    Parameters
    ----------
    trial : Trial
        The trial.
    run : LiveRun
        Its run.
    *said : str
        What the report must say.
    store : Path or None
        Where the recording is by now; None for where it was.
    """
    outcome, ledger = broken_off(run, *said)
    store = store or run.store
    assert "the recording was not closed" in " ".join(verify(store).problems)
    recover(store)
    verify(store).require_sound()
    sequences, restored = raw_sequences(store), restored_sequences(store)
    assert sequences == set(range(ledger.recorded))
    assert len(restored) == ledger.restored
    assert restored <= sequences
    assert recover(store).mended == (), "there was nothing left to mend"
    known = ledger.acquired + ledger.lost
    trial.count(
        runs=1,
        frames_in=known,
        recorded=len(sequences),
        lost=known - len(sequences),
        reported=known - ledger.recorded,
        unrestored=ledger.recorded - ledger.restored,
    )
    return outcome
