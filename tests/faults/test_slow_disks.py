"""Disks that are slow, hang, or do not say how they are: a camera that cannot wait loses frames."""

import errno

from bad_disk import STORE, BadDisk, disk_table
from fault_run import Trial
from live_run import LiveRun, Table, merge, raw_sequences

from livecare.supervisor.stall import LIVE_S


def start(trial: Trial, disk: BadDisk, configured: Table) -> LiveRun:
    return trial.start(configured, environment=disk.environment)


def test_disk_that_does_not_say_how_full_it_is(trial: Trial, disk: BadDisk) -> None:
    run = start(trial, disk, disk_table(frames=150))
    run.until(lambda now: now.ledger.recorded >= 50)
    disk.strike("look", STORE, error=errno.EIO)
    disk.await_struck("look", 3)
    trial.settle(run, delivered=150)


def test_disk_that_writes_in_pieces(trial: Trial, disk: BadDisk) -> None:
    disk.strike("write", STORE, shortened=1000)
    trial.settle(start(trial, disk, disk_table(frames=100)), delivered=100)
    assert disk.struck("write") > 500


def test_disk_too_slow_for_the_camera(trial: Trial, disk: BadDisk) -> None:
    disk.strike("write", "raw/0/c/", delay_s=0.05)
    configured = merge(disk_table(frames=400, buffer_frames=16), {"ring": {"slots": 8}})
    outcome = trial.settle(start(trial, disk, configured), exit_code=3, delivered=400)
    assert outcome.report["ledger"]["lost"] > 200
    assert "buffer of 16 frames was full" in outcome.stderr


def test_disk_slow_and_a_camera_that_waits(trial: Trial, disk: BadDisk) -> None:
    disk.strike("write", "raw/0/c/", delay_s=0.02)
    configured = merge(disk_table(frames=60, rate_hz=0), {"ring": {"slots": 4}})
    trial.settle(start(trial, disk, configured), delivered=60)


def test_disk_slow_to_sync(trial: Trial, disk: BadDisk) -> None:
    disk.strike("sync", STORE, delay_s=0.2)
    trial.settle(start(trial, disk, disk_table(frames=300)), delivered=300)
    assert disk.struck("sync") >= 5


def test_disk_that_hangs(trial: Trial, disk: BadDisk) -> None:
    """For longer than a restorer may be silent."""
    run = start(trial, disk, merge(disk_table(frames=900, rate_hz=50), {"ring": {"slots": 16}}))
    run.until(lambda now: now.ledger.recorded >= 50)
    disk.strike("write", "raw/0/c/", delay_s=1.2 * LIVE_S, times=1)
    outcome = trial.settle(run, exit_code=3, delivered=900)
    assert outcome.report["ledger"]["lost"] > 300
    assert disk.struck("write") == 1
    assert max(raw_sequences(run.store)) > 150, "it went on"
