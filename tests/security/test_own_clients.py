"""What this user's own commands and subscribers leave in a run: no trace of strangers."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_run import PATIENCE_S, LiveRun, simulated
from rubbish import GREETING
from run_here import cli

from livecare.client import subscribe
from livecare.client.endpoints import find_endpoint
from livecare.link.sockets import place_of
from livecare.link.strangers import NO_ZEROMQ

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the run is interrupted by a signal")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LiveRun]:
    # a disk that holds the recorder up for some seconds costs no frame
    run = LiveRun(tmp_path, simulated(frames=None, rate_hz=50.0, buffer_frames=4000))
    yield run
    run.close()


def say_rubbish(endpoint: str) -> None:
    """Begin with a mechanism that livecare does not speak, and wait until that is answered."""
    place = place_of(endpoint)
    with socket.create_connection((place.host, place.port or 0), PATIENCE_S) as raw:
        raw.sendall(GREETING.replace(b"NULL\0", b"PLAIN"))
        with contextlib.suppress(ConnectionError):
            while raw.recv(4096):
                pass


def test_own_commands_are_no_strangers_and_rubbish_from_here_is_one(run: LiveRun) -> None:
    run.until(lambda seen: seen.ledger.restored > 5)
    for words in (["status"], ["mark", "drug added"], ["status"]):
        done = cli(*words, "--directory", run.rings)
        assert done.returncode == 0, done.stderr
        assert "turned away" not in done.stdout
    for _ in range(3):
        with subscribe(find_endpoint(run.rings), "raw", timeout_s=PATIENCE_S) as frames:
            assert next(frames).pixels.any()
    assert not run.now().tally.rejected
    say_rubbish(run.table["publish"]["telemetry"])
    run.until(lambda seen: bool(seen.tally.rejected))
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0
    assert run.last_snapshot().tally.rejected == {"telemetry": {NO_ZEROMQ: 1}}
    turned_away = [line for line in outcome.stderr.splitlines() if "turned away" in line]
    assert turned_away
    assert all("at=telemetry" in line for line in turned_away), turned_away
