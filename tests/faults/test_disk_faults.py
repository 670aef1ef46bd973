"""Disks that are full, read-only, broken, slow or gone: what was recorded is exact, and named."""

import errno
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bad_disk import (
    STORE,
    BadDisk,
    Operation,
    bound,
    disk_table,
    file_system,
    forbid_writing,
    unmount,
)
from disk_account import broken_off, settle_unclosed
from fault_run import Trial
from live_run import LiveRun, Table, merge
from run_here import cli

from livecare.client.endpoints import find_control
from livecare.link.asking import ask
from livecare.link.requests import Done, MarkRequest, Refused

STRUCK_AT = 50
"""Frames that are recorded before a disk is struck."""
ANSWER_S = 30.0


def start(trial: Trial, disk: BadDisk, configured: Table) -> LiveRun:
    return trial.start(configured, environment=disk.environment)


def await_frames(run: LiveRun, frames: int = STRUCK_AT) -> None:
    run.until(lambda now: now.ledger.recorded >= frames)


@dataclass(frozen=True)
class Blow:
    """What happens to a disk in mid-run.

    Attributes
    ----------
    operation, words : str
        What fails from then on, and on which files.
    error : int
        How.
    said : str
        What the report says of it.
    closed : bool
        Whether the recording can be closed all the same.
    """

    operation: Operation
    words: str
    error: int
    said: str
    closed: bool = True


FULL, IO = errno.ENOSPC, errno.EIO
BLOWS = {
    "full, when space is reserved": Blow("allocate", "raw/0/c/", FULL, "is full ("),
    "full, in a frame": Blow("write", "raw/0/c/", FULL, "is full ("),
    "full, in a frame's line": Blow("write", "raw.frames.jsonl", FULL, "is full ("),
    "full, when a shard is made": Blow("open", "c/1/0/0/0/0.partial", FULL, "is full ("),
    "full, when the array grows": Blow("open", "raw/0/zarr.json.partial", FULL, "is full (", False),
    "full, when it is synced": Blow("sync", "raw.frames.jsonl", FULL, "the disk has ", False),
    "full, at the ledger": Blow("write", "ledger.json", FULL, "nobody knows of the", False),
    "a used-up quota": Blow("write", "raw/0/c/", errno.EDQUOT, "your quota is used up"),
    "broken, in a frame": Blow("write", "raw/0/c/", IO, "Input/output error"),
    "broken, when it is synced": Blow("sync", "raw/0/c/", IO, "nobody knows of the", False),
    "read-only from then on": Blow("open", STORE, errno.EROFS, "Read-only file system", False),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.quick] if name == "full, in a frame" else [])
        for name in BLOWS
    ],
)
def test_disk(trial: Trial, disk: BadDisk, name: str) -> None:
    blow = BLOWS[name]
    run = start(trial, disk, disk_table())
    await_frames(run)
    disk.strike(blow.operation, blow.words, error=blow.error)
    if blow.error == errno.EROFS:
        for operation in ("write", "sync", "allocate", "replace"):
            disk.strike(operation, STORE, error=blow.error)
    if not blow.closed:
        settle_unclosed(trial, run, blow.said)
        return
    outcome = trial.settle(run, exit_code=3)
    assert any(blow.said in problem for problem in outcome.report["problems"])
    assert outcome.report["ledger"]["recorded"] >= STRUCK_AT


def test_disk_broken_for_a_moment_when_it_is_synced(trial: Trial, disk: BadDisk) -> None:
    """The next sync goes well, and knows nothing of what the failed one lost."""
    run = start(trial, disk, disk_table())
    await_frames(run)
    disk.strike("sync", "raw/0/c/", error=errno.EIO, times=1)
    settle_unclosed(trial, run, "nobody knows of the others", "Input/output error")
    assert disk.struck("sync") == 1


def test_disk_full_at_the_very_end(trial: Trial, disk: BadDisk) -> None:
    disk.strike("open", f"{STORE}/zarr.json.partial", error=errno.ENOSPC)
    run = start(trial, disk, disk_table(frames=60))
    outcome = settle_unclosed(trial, run, "ending the recording", "is full (")
    assert outcome.report["ledger"]["recorded"] == 60


def test_disk_full_for_restored_frames_only(trial: Trial, disk: BadDisk) -> None:
    """Raw ones do not depend on them."""
    run = start(trial, disk, disk_table(frames=400))
    run.until(lambda now: now.ledger.restored >= STRUCK_AT)
    disk.strike("write", "restored/0/c/", error=errno.ENOSPC)
    outcome = trial.settle(run, exit_code=3, delivered=400)
    ledger = outcome.report["ledger"]
    assert ledger["recorded"] == 400
    assert STRUCK_AT <= ledger["restored"] < 400
    assert ledger["failed"] == 400 - ledger["restored"]
    assert "recorded frames could not be restored; the raw ones are safe" in outcome.stderr


def test_disk_full_for_events(trial: Trial, disk: BadDisk) -> None:
    run = start(trial, disk, disk_table())
    await_frames(run)
    control = find_control(run.rings)
    disk.strike("write", "events.jsonl", error=errno.ENOSPC)
    answer = ask(control, MarkRequest("light off"), ANSWER_S)
    assert isinstance(answer, Refused)
    assert "is full" in answer.reason
    disk.heal()
    assert isinstance(ask(control, MarkRequest("light on"), ANSWER_S), Done)
    run.interrupt()
    trial.settle(run)
    assert "marked events: 1" in cli("verify", run.store).stdout


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    with file_system(tmp_path / "small", "size=6m") as folder:
        yield folder


def test_small_disk_that_fills_up(trial: Trial, small: Path) -> None:
    run = trial.start(merge(disk_table(), {"store": {"path": str(small / STORE)}}))
    outcome = trial.settle(run, exit_code=3)
    assert any("is full (" in problem for problem in outcome.report["problems"])

    shutil.rmtree(run.store)  # there is room again
    again = trial.start(merge(disk_table(frames=20), {"store": {"path": str(small / STORE)}}))
    trial.settle(again, delivered=20)


def test_disk_too_small_to_begin(trial: Trial, small: Path) -> None:
    (small / "other").write_bytes(bytes((6 << 20) - (96 << 10)))
    run = trial.start(merge(disk_table(), {"store": {"path": str(small / STORE)}}))
    outcome = run.finish()
    assert outcome.exit_code == 3
    assert "is full (" in outcome.stderr
    assert "nothing was recorded" in outcome.stderr
    assert [path.name for path in small.iterdir()] == ["other"]
    trial.count(runs=1)


def test_disk_without_room_for_files(trial: Trial, tmp_path: Path) -> None:
    with file_system(tmp_path / "small", "size=64m,nr_inodes=50") as folder:
        configured = merge(disk_table(rate_hz=0), {"store": {"path": str(folder / STORE)}})
        run = trial.start(configured)
        outcome = trial.settle(run, exit_code=3)
    assert any("can hold no more files" in each for each in outcome.report["problems"])


def test_disk_read_only_from_the_start(trial: Trial, tmp_path: Path) -> None:
    with bound(tmp_path / "mounted", tmp_path / "source") as folder:
        forbid_writing(folder)
        run = trial.start(merge(disk_table(), {"store": {"path": str(folder / STORE)}}))
        outcome = run.finish()
    assert outcome.exit_code == 2
    assert "Read-only file system; choose another folder" in outcome.stderr
    assert not run.snapshots
    trial.count(runs=1)


def test_disk_taken_away(trial: Trial, tmp_path: Path) -> None:
    """It comes back later, with all that was recorded; nothing was made where it had been."""
    with bound(tmp_path / "mounted", tmp_path / "source") as folder:
        run = trial.start(merge(disk_table(), {"store": {"path": str(folder / STORE)}}))
        await_frames(run)
        unmount(folder)
        settle_unclosed(trial, run, "is gone", store=tmp_path / "source" / STORE)
        assert not list(folder.iterdir())


def test_recording_renamed(trial: Trial) -> None:
    run = trial.start(disk_table())
    await_frames(run)
    moved = run.store.rename(run.store.with_name("moved.ome.zarr"))
    settle_unclosed(trial, run, "is gone", "Was the recording moved or deleted", store=moved)
    assert not run.store.exists()


def test_recording_deleted(trial: Trial) -> None:
    run = trial.start(disk_table())
    await_frames(run)
    shutil.rmtree(run.store)
    _, ledger = broken_off(run, "is gone", "Was the recording moved or deleted")
    assert not run.store.exists()
    trial.count(runs=1, frames_in=ledger.acquired, lost=ledger.acquired, reported=ledger.acquired)
