"""Programs beside a run that die, stand still, misbehave and come back."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from fault_run import Trial
from fault_stages import CAMERA, PAUSE_S, table_for
from live_run import LiveRun, Table, free_port, merge
from peer_programs import (
    BRIDGE_RATE_HZ,
    BRIDGE_SIZE,
    PUSHER,
    SUBSCRIBER,
    VIEWER,
    Program,
    bridged_sequences,
    program,
    pushed_sequences,
)

from livecare.simulated_bridge.settings import Misbehaviour

BLOWS = ("killed", "paused", "frozen for good")
QUIET = 10
"""Snapshots without a further frame after which none will come."""


def strike(struck: psutil.Process, blow: str, run: LiveRun, frames: int = 60) -> None:
    """Strike a process, and let the run go on meanwhile."""
    before = run.now().ledger.acquired
    struck.kill() if blow == "killed" else struck.suspend()
    run.until(lambda now: now.ledger.acquired > before + frames)
    if blow == "paused":
        struck.resume()


@pytest.mark.parametrize("blow", BLOWS)
def test_subscriber(trial: Trial, blow: str) -> None:
    """Nobody waits for it; one that stood still goes on."""
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    run = trial.start(merge(table_for("acquiring"), {"publish": {"preview": endpoint}}))
    with program("-c", SUBSCRIBER, endpoint) as watching:
        run.until(lambda now: now.ledger.restored > 10)
        watching.until(3)
        strike(watching.process, blow, run)
        if blow == "paused":
            watching.until(run.snapshots[-1].ledger.acquired)
        run.process.send_signal(signal.SIGINT)
        trial.settle(run)


@pytest.mark.parametrize("blow", BLOWS)
def test_viewer(trial: Trial, blow: str) -> None:
    """It reads both rings; the run does not know of it."""
    run = trial.start(table_for("acquiring"))
    run.until(lambda now: now.ledger.restored > 10)
    with program("-c", VIEWER, str(run.rings)) as watching:
        watching.until(5)
        strike(watching.process, blow, run)
        if blow == "paused":
            watching.until(watching.said + 20)
        run.process.send_signal(signal.SIGINT)
        trial.settle(run)


def pushed_to(endpoint: str, **more: object) -> Table:
    return {"source": {"kind": "push", "push": {"endpoint": endpoint, **more}}, **CAMERA}


ENDLESS = "1000000"


@pytest.mark.parametrize("blow", ["paused", pytest.param("frozen", id="frozen for good")])
def test_pusher(trial: Trial, blow: str) -> None:
    """A pause is a pause; a sender that is silent for too long is said."""
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    silent = {"silent_s": 1.0} if blow == "frozen" else {}
    run = trial.start(pushed_to(endpoint, acquisitions=1, **silent))
    with program("-c", PUSHER, endpoint, "pushed", ENDLESS, "100") as sending:
        run.until(lambda now: now.ledger.restored >= 20)
        sending.process.suspend()
        if blow == "paused":
            stand_still(sending.process)
            sending.process.resume()
            before = run.now().ledger.acquired
            run.until(lambda now: now.ledger.acquired > before + 20)
            sending.process.terminate()
            sent = sending.last()
            trial.settle(run, delivered=sent, truth=pushed_sequences)
            return
        outcome = trial.settle(run, exit_code=3, truth=pushed_sequences)
        assert "was silent for 1.0 s" in outcome.stderr


def await_quiet(run: LiveRun) -> int:
    """Wait until all that was sent has come; return how many frames there are."""
    run.until(
        lambda _: (
            len({seen.ledger.acquired for seen in run.snapshots[-QUIET:]}) == 1
            and run.snapshots[-QUIET:][0].ledger.acquired > 0
        )
    )
    return run.snapshots[-1].ledger.acquired


def stand_still(process: psutil.Process) -> None:
    """Wait as long as a pause takes: nothing happens meanwhile."""
    with pytest.raises(psutil.TimeoutExpired):
        process.wait(PAUSE_S)


@pytest.mark.parametrize("back", [True, False], ids=["and back", "for good"])
def test_pusher_killed(trial: Trial, *, back: bool) -> None:
    """Nobody knows what it had still to send; that is said. A successor's frames are recorded."""
    endpoint, frames = f"tcp://127.0.0.1:{free_port()}", 0
    run = trial.start(pushed_to(endpoint))
    with program("-c", PUSHER, endpoint, "pushed", ENDLESS, "100") as first:
        run.until(lambda now: now.ledger.restored >= 20)
        first.process.kill()
        sent = first.last()
    arrived = await_quiet(run)
    assert arrived <= sent + 1, "the last one may have left before it was said"
    if back:
        frames = 50
        with program("-c", PUSHER, endpoint, "pushed", str(frames), "100") as second:
            assert second.last() == frames
        run.until(lambda now: now.ledger.acquired >= arrived + frames)
    run.process.send_signal(signal.SIGINT)
    outcome = trial.settle(run, exit_code=3, delivered=arrived + frames, truth=pushed_sequences)
    assert "gone after frame" in outcome.stderr
    unsent = max(sent - arrived, 0)
    trial.count(frames_in=unsent, lost=unsent, interrupted=unsent)


@contextmanager
def bridge(port: int, *options: str) -> Iterator[Program]:
    """Run a stand-in for Micro-Manager until it listens."""
    size = [str(side) for side in BRIDGE_SIZE]
    command = ["-m", "livecare", "simulate", "mm-bridge", "--port", str(port), "--size", *size]
    with program(*command, "--rate", str(BRIDGE_RATE_HZ), *options) as started:
        assert re.search(r"listening on", started.line())
        yield started


def tapping(port: int) -> Table:
    source = {"endpoint": f"tcp://127.0.0.1:{port}", "reply_timeout_s": 0.3}
    return {"source": {"kind": "mm-bridge", "mm-bridge": source}, **CAMERA}


def end(trial: Trial, run: LiveRun) -> None:
    run.process.send_signal(signal.SIGINT)
    ledger = trial.settle(run, truth=bridged_sequences).report["ledger"]
    assert ledger["lost"] == 0, "a tap of the newest frame loses none: it passes over"


@pytest.mark.parametrize("blow", ["killed", "paused"])
def test_bridge_and_its_return(trial: Trial, blow: str) -> None:
    """As often as it likes: the run waits for it."""
    port = free_port()
    run = trial.start(tapping(port))
    with bridge(port) as first:
        run.until(lambda now: now.ledger.restored > 10)
        if blow == "paused":
            first.process.suspend()
            stand_still(first.process)
            first.process.resume()
            before = run.now().ledger.acquired
            run.until(lambda now: now.ledger.acquired > before + 10)
            end(trial, run)
            return
    before = run.now().ledger.acquired
    with bridge(port):
        run.until(lambda now: now.ledger.acquired > before + 10)
        end(trial, run)


def test_bridge_gone_for_good(trial: Trial) -> None:
    port = free_port()
    run = trial.start(tapping(port))
    with bridge(port):
        run.until(lambda now: now.ledger.restored > 10)
    run.until(lambda now: now.acquired_hz == 0)
    end(trial, run)


@pytest.mark.parametrize(
    "misbehaviour",
    [each for each in Misbehaviour if each is not Misbehaviour.DIE_IN_CALL],
    ids=lambda each: each.value,
)
def test_bridge_that_misbehaves(trial: Trial, misbehaviour: Misbehaviour) -> None:
    port = free_port()
    run = trial.start(tapping(port))
    options = ("--misbehave", misbehaviour.value, "--every", "15", "--away", "0.3", "--slow", "0.5")
    with bridge(port, *options):
        run.until(lambda now: now.ledger.restored > 50)
        end(trial, run)
