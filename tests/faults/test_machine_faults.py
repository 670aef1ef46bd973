"""A machine whose clock is set, whose files vanish, and which has no room left."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import impatient
import psutil
import pytest
from disk_account import settle_unclosed
from fault_run import Trial
from fault_stages import strike, table_for
from live_run import PATIENCE_S, LiveRun, merge, simulated
from shim import Shim

from livecare import run_place
from livecare.sinks.reader import StoreReader

resource = pytest.importorskip("resource", reason="POSIX limits")
pty = pytest.importorskip("pty", reason="POSIX terminals")

LIMIT = 4096
"""Of open files; the soft one is what counts."""
RETRIED_S = 120.0
"""Longest wait for a restorer that was given up to be tried again, seconds."""
HOUR_S, DAY_S = 3600, 86400
SHORT_MS = 60_000
"""No frame here takes so long, milliseconds, unless a clock is believed that was set."""


@pytest.fixture
def shim(tmp_path: Path) -> Iterator[Shim]:
    shim = Shim(tmp_path)
    yield shim
    shim.close()


def goes_on(run: LiveRun, frames: int = 50) -> None:
    """Wait until some more frames were acquired, and restored."""
    before = run.now().ledger
    run.until(
        lambda now: (
            now.ledger.acquired > before.acquired + frames and now.ledger.restored > before.restored
        )
    )


def interrupt(run: LiveRun) -> None:
    run.process.send_signal(signal.SIGINT)


FIND = "import sys; from pathlib import Path; from livecare.viewer.feed.finding import find_runs\n"
FIND += "print(*(run.pid for run in find_runs(Path(sys.argv[1]))))"


def said(shim: Shim, *command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a program whose clock is wrong, too."""
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env={**os.environ, **shim.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.timeout(240)
def test_clock_set_back_an_hour_and_forward_a_day(trial: Trial, shim: Shim) -> None:
    """The run goes on, is found, is not taken for a dead one, and its times stay in order."""
    run = trial.start(table_for("acquiring"), environment=shim.environment)
    run.until(lambda now: now.ledger.restored > 10)
    shim.set_clock(-HOUR_S)
    goes_on(run)
    beside = {"ring": {"directory": str(run.rings)}}
    small = simulated(frames=5, rate_hz=50, size_yx=(32, 32))
    other = trial.start(merge(small, beside), environment=shim.environment)
    assert other.finish().exit_code == 0, other.stderr
    assert run.folder.exists(), "a living run was cleared away"
    assert said(shim, "-c", FIND, run.rings).stdout.split() == [str(run.process.pid)]
    refused = said(shim, "-m", "livecare", "recover", run.store)
    assert "is being written by process" in refused.stderr
    shim.set_clock(DAY_S)
    goes_on(run)
    assert said(shim, "-c", FIND, run.rings).stdout.split() == [str(run.process.pid)]
    interrupt(run)
    report = trial.settle(run).report
    assert report["restorer"]["restarts"] == 0
    assert 0 <= report["latency_ms"]["max"] < SHORT_MS
    received = [line.received_ns for line in StoreReader(run.store).lines("raw")]
    assert received == sorted(received)
    trial.settle(other, delivered=5)


@pytest.mark.parametrize("what", ["ring files", "orders", "the folder", "the whole directory"])
def test_deleted_under_a_run(trial: Trial, what: str) -> None:
    """What is mapped lives on: not a frame is missed, and all are restored."""
    run = trial.start(table_for("acquiring"))
    run.until(lambda now: now.ledger.restored > 10)
    delete(run, what)
    goes_on(run)
    interrupt(run)
    trial.settle(run)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("what", ["ring files", "orders", "the folder", "the whole directory"])
def test_deleted_before_a_restart(trial: Trial, what: str) -> None:
    """A restorer that dies then finds no ring any more; recording goes on to a correct end."""
    run = trial.start(table_for("acquiring"), program=impatient.program(impatient.WITH_DEATHS))
    run.until(lambda now: now.ledger.restored > 10)
    delete(run, what)
    strike(run, "restorer", "kill")
    strike(run, "publisher", "kill")
    if what == "orders":
        run.until(lambda now: now.restarts == 1 and now.restorer == "ready")
        goes_on(run)
        interrupt(run)
        trial.settle(run)
        return
    run.until(lambda now: now.restorer == "given up", RETRIED_S)
    interrupt(run)
    outcome = trial.settle(run, exit_code=3)
    assert "cannot map the ring" in outcome.stderr, outcome.stderr
    assert outcome.report["ledger"]["recorded"] == outcome.report["ledger"]["acquired"]


def delete(run: LiveRun, what: str) -> None:
    if what == "ring files":
        run_place.raw_ring(run.folder).unlink()
        run_place.restored_ring(run.folder).unlink()
    elif what == "orders":
        for name in ("restorer", "publisher"):
            run_place.orders_file(run.folder, name).unlink()
    else:
        shutil.rmtree(run.folder if what == "the folder" else run.rings)


def test_no_more_files(trial: Trial) -> None:
    """No descriptor is left to the recorder: it ends, and says what it has and what is to do."""
    run = trial.start(table_for("acquiring"))
    run.until(lambda now: now.ledger.restored > 10)
    recorder = psutil.Process(run.process.pid)
    recorder.rlimit(resource.RLIMIT_NOFILE, (recorder.num_fds(), LIMIT))
    settle_unclosed(trial, run, "no more files can be opened", "ulimit -n")


@pytest.mark.timeout(240)
def test_no_room_for_a_restart(trial: Trial, shim: Shim) -> None:
    """A child that cannot be started again is one that died: it is tried again, and recorded on."""
    run = trial.start(table_for("acquiring"), environment=shim.environment)
    run.until(lambda now: now.ledger.restored > 10)
    shim.refuse_processes(refuse=True)
    strike(run, "restorer", "kill")
    strike(run, "publisher", "kill")
    acquired = run.until(lambda now: "cannot be started" in now.degraded).ledger.acquired
    run.until(lambda now: now.ledger.acquired > acquired + 100)
    shim.refuse_processes(refuse=False)
    run.until(lambda now: now.restorer == "ready", RETRIED_S)
    goes_on(run)
    interrupt(run)
    trial.settle(run)


def test_no_room_for_a_first_child(trial: Trial, shim: Shim) -> None:
    """The camera is recorded all the same; a service manager's memory limit can be as tight."""
    shim.refuse_processes(refuse=True)
    run = trial.start(table_for("acquiring"), environment=shim.environment)
    run.until(lambda now: now.ledger.recorded > 50)
    shim.refuse_processes(refuse=False)
    run.until(lambda now: now.restorer == "ready", RETRIED_S)
    interrupt(run)
    trial.settle(run)


def test_no_room_for_the_rings(trial: Trial, small_disk: Path) -> None:
    """Refused before anything is acquired, with the cure."""
    table = merge(table_for("acquiring"), {"ring": {"directory": str(small_disk), "slots": 64}})
    table["source"]["simulated"]["size_yx"] = [512, 512]
    run = trial.start(table)
    outcome = run.finish()
    assert outcome.exit_code == 1
    assert f"no room for the rings in {small_disk}" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not run.store.exists()
    assert not list(small_disk.iterdir())
    trial.count(runs=1)


@pytest.mark.timeout(240)
def test_shared_memory_filled_under_a_run(trial: Trial, small_disk: Path) -> None:
    """Somebody else fills it: rings that are there stay good, and restarts find room for orders."""
    run = trial.start(merge(table_for("acquiring"), {"ring": {"directory": str(small_disk)}}))
    run.until(lambda now: now.ledger.restored > 10)
    hog = small_disk / "hog"
    with hog.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    goes_on(run)
    strike(run, "restorer", "kill")
    acquired = run.until(lambda now: now.restorer != "ready").ledger.acquired
    run.until(lambda now: now.ledger.acquired > acquired + 100)
    hog.unlink()
    run.until(lambda now: now.restorer == "ready", RETRIED_S)
    goes_on(run)
    interrupt(run)
    trial.settle(run)


def test_terminal_gone(trial: Trial) -> None:
    """Whoever started it logs out: nothing that it says is heard, and it records on."""
    ours, theirs = pty.openpty()
    run = trial.start(table_for("acquiring"), terminal=theirs)
    os.close(theirs)
    run.until(lambda now: now.ledger.restored > 10)
    os.close(ours)
    goes_on(run)
    strike(run, "restorer", "kill")  # something to say
    run.until(lambda now: now.restarts == 1 and now.restorer == "ready")
    interrupt(run)
    trial.settle(run)
