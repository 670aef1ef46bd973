"""What a run leaves that ends well, whatever was done to its children."""

from live_run import LiveRun, raw_sequences, restored_sequences


def assert_complete(run: LiveRun) -> dict[str, int]:
    """Wait for the end; everything must be there, raw frames bit by bit. Return the ledger."""
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert "child failed at its end" not in outcome.stderr
    ledger: dict[str, int] = outcome.report["ledger"]
    assert outcome.report["complete"]
    assert ledger["lost"] == ledger["failed"] == ledger["skipped"] == 0
    every = set(range(ledger["acquired"]))
    assert raw_sequences(run.store) == every
    assert restored_sequences(run.store) == every
    return ledger
