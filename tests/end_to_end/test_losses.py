"""A full disk, a camera that is too fast: the loss is exact, named, and the exit code says it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_run import StartRun, merge, raw_sequences, restored_sequences, simulated
from run_here import assert_sound, finished
from small_disk import mounted

from livecare.sinks.reader import StoreReader

DISK_BYTES = 6 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of its own that is soon full."""
    with mounted(tmp_path / "disk", DISK_BYTES) as folder:
        yield folder


def test_the_disk_is_full(start_run: StartRun, small_disk: Path) -> None:
    store = small_disk / "run.ome.zarr"
    table = simulated(frames=1_000_000, rate_hz=100, size_yx=(128, 128))
    run = start_run(merge(table, {"store": {"path": str(store)}}))
    outcome = run.finish()
    assert outcome.exit_code == 3
    assert "the disk has no room for the whole acquisition" in outcome.stderr
    assert f"the file system of {store}" in outcome.stderr
    assert "is full (" in outcome.stderr
    assert "free)" in outcome.stderr
    assert "Traceback" not in outcome.stderr

    report = outcome.report
    assert not report["complete"]
    assert any("is full" in problem for problem in report["problems"])
    ledger = report["ledger"]
    assert 0 < ledger["recorded"] <= ledger["acquired"]
    assert ledger["acquired"] <= ledger["recorded"] + ledger["failed"]
    settled = ledger["restored"] + ledger["skipped"] + ledger["failed"]
    assert ledger["acquired"] == settled

    assert raw_sequences(store) == set(range(ledger["recorded"]))
    assert len(restored_sequences(store)) == ledger["restored"]
    assert_sound(store)


def test_the_disk_is_full_while_a_stopped_camera_still_has_frames(
    start_run: StartRun, small_disk: Path
) -> None:
    """It fills up after Ctrl-C, while the camera's buffer is emptied into a full ring."""
    store = small_disk / "run.ome.zarr"
    table = simulated(frames=None, rate_hz=100_000, size_yx=(64, 64), buffer_frames=100_000)
    table["restorer"]["enabled"] = False
    run = start_run(merge(table, {"store": {"path": str(store)}, "ring": {"slots": 4}}))
    run.until(lambda now: now.stage == "acquiring" and now.ledger.recorded > 0)
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 3
    assert "is full (" in outcome.stderr
    assert raw_sequences(store) == set(range(outcome.report["ledger"]["recorded"]))
    assert_sound(store)


def test_a_camera_faster_than_the_disk(tmp_path: Path) -> None:
    taken = 20_000
    table = simulated(frames=taken, rate_hz=200_000, size_yx=(64, 64), buffer_frames=16)
    store, outcome = finished(tmp_path, table)
    assert outcome.exit_code == 3
    report = outcome.report
    ledger = report["ledger"]
    assert ledger["lost"] > 0
    assert ledger["acquired"] + ledger["lost"] == taken
    assert ledger["recorded"] == ledger["restored"] == ledger["acquired"]
    assert not report["complete"]
    assert not report["loss_estimated"]
    assert f"{ledger['lost']} frames lost" in outcome.stderr
    assert "buffer of 16 frames was full" in outcome.stderr

    assert raw_sequences(store) == set(range(ledger["acquired"]))
    lines = list(StoreReader(store).lines("raw"))
    indices = [line.camera_index for line in lines]
    numbered = [line.lost_before for line in lines]
    assert indices == sorted(set(indices))
    assert sum(numbered) <= ledger["lost"]
    assert indices[-1] == sum(numbered) + len(lines) - 1, "each gap is where the numbers have it"
    assert_sound(store)
