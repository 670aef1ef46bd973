"""Runs of days and months: numbers beyond 2³¹ and 2³², a million frames, memory that stays."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import zarr
from fault_run import Trial, account, check_nothing_left, check_telemetry
from live_run import LiveRun, free_port, merge, raw_sequences, scene_of, simulated
from run_here import cli

from livecare.client import subscribe
from livecare.frame import Ledger, Position
from livecare.simulation import FrameBank
from livecare.sinks.numbers import NumberSet, compact
from livecare.sinks.reader import StoreReader
from livecare.sinks.verify import verify

MIB = 1 << 20
FRAMES = 700
"""Three shards and their borders."""
TINY = int(os.environ.get("LIVECARE_TINY_FRAMES", "100000"))
"""Tiny frames of a run. A million take some minutes of both cores; set the variable for that."""
MILLION = 1_000_000
GROWTH_MIB = 8.0
"""What a process may grow by in a million frames, MiB: eight bytes a frame."""
SLACK_MIB = 2.0
"""By which the memory of Python's own allocator comes and goes, MiB."""
PATIENCE_S = 300.0
"""Longest wait for any part of it, seconds."""

PROGRAM = str(Path(__file__).with_name("fast_forward.py"))


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(24 * 3600 * 100 - 350, id="after a day at 100 Hz"),
        pytest.param(2**31 - 350, id="at 2^31"),
        pytest.param(2**32 - 350, id="at 2^32"),
    ],
)
def test_frames_long_after_the_start(trial: Trial, first: int) -> None:
    """Recorder, restorer, publisher and subscriber go over the border; what was before is missing.

    As if so many frames had been acquired and none recorded: the ledger says exactly that.
    """
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    table = merge(
        simulated(frames=FRAMES, rate_hz=150, size_yx=(48, 48), bank_frames=4),
        {"publish": {"preview": endpoint, "max_hz": 1000.0}},
    )
    run = trial.start(table, program=[PROGRAM, str(first)])
    run.until(lambda now: now.ledger.recorded > 0)
    with subscribe(endpoint, "both", newest=False, until_end=True, timeout_s=60) as previews:
        seen = [each.header.sequence for each in previews]
        missed = previews.missed
    outcome = run.finish()
    assert outcome.exit_code == 3, outcome.stderr
    assert "Traceback" not in outcome.stderr
    ledger = Ledger(**outcome.report["ledger"])
    assert ledger == Ledger(first + FRAMES, FRAMES, FRAMES, failed=first)
    check_nothing_left(run)

    end = first + FRAMES
    assert first <= min(seen) < max(seen) == end - 1
    assert 0 <= missed < 2 * FRAMES
    assert account(run.store, ledger, raw_sequences) == (FRAMES, FRAMES)
    assert raw_sequences(run.store) == set(range(first, end))
    checked = cli("verify", run.store).stdout
    assert f"raw: {FRAMES} frames, {first} missing: 0-{first - 1}" in checked
    check_other_reader(run.store, first, end)
    trial.count(runs=1, frames_in=FRAMES, recorded=FRAMES)


def check_other_reader(store: Path, first: int, end: int) -> None:
    """Zarr finds the frames at their time points, three shards of them."""
    reader = StoreReader(store)
    found = zarr.open_array(store / "raw" / "0", mode="r")
    assert found.shape[0] == end
    for t in (first, first + 349, first + 350, end - 1):
        np.testing.assert_array_equal(found[t, 0, 0], reader.read("raw", Position(t)))
    assert not found[first - 1, 0, 0].any()
    shards = {line.place.shard for line in reader.lines("raw")}
    assert len(shards) in (3, 4)


def memory_mib(run: LiveRun) -> dict[str, float]:
    """What the processes of a run hold for themselves, MiB: rings are shared, and of one size."""
    processes = {"recorder": psutil.Process(run.process.pid)}
    processes |= {name: run.child(name) for name in ("publisher", "restorer") if run.children(name)}
    return {name: _own_mib(process) for name, process in processes.items()}


def _own_mib(process: psutil.Process) -> float:
    found = process.memory_full_info()
    return float(found.rss - found.shared) / MIB


@pytest.mark.timeout(420)
def test_tiny_frames_as_fast_as_can_be(
    trial: Trial, record_property: Callable[[str, object], None]
) -> None:
    """None is lost, and no process grows with their number."""
    source = {"rate_hz": 0, "size_yx": (16, 16), "dtype": "uint8", "offset_adu": 10.0}
    table = simulated(frames=TINY, bank_frames=4, **source)
    table["restorer"]["enabled"] = False
    run = trial.start(table)
    await_recorded(run, TINY // 4)
    early = memory_mib(run)
    await_recorded(run, TINY * 9 // 10)
    late = memory_mib(run)
    outcome = run.finish(PATIENCE_S)
    assert outcome.exit_code == 0, outcome.stderr
    ledger = Ledger(**outcome.report["ledger"])
    assert ledger == Ledger(TINY, TINY, skipped=TINY)
    check_telemetry(run, ledger)
    check_nothing_left(run)
    assert verify(run.store).sound
    check_some(run.store)
    millions = (0.9 - 0.25) * TINY / MILLION
    grown = {name: round(late[name] - early[name], 2) for name in late}
    record_property("frames per second", outcome.report["rates_hz"]["acquired"])
    record_property("grown by, MiB", grown)
    assert all(each < SLACK_MIB + GROWTH_MIB * millions for each in grown.values()), grown
    trial.count(runs=1, frames_in=TINY, recorded=TINY)


def await_recorded(run: LiveRun, frames: int) -> None:
    """Wait for more than one of `until`'s waits; what it has heard is let go."""
    deadline = time.monotonic() + PATIENCE_S
    while run.now().ledger.recorded < frames:
        assert time.monotonic() < deadline
        del run.snapshots[:-1]


def check_some(store: Path) -> None:
    """Every number is there; every hundredth frame is compared with its truth."""
    reader = StoreReader(store)
    bank = FrameBank(scene_of(reader))
    expected = np.empty(reader.info.shape_yx, reader.info.dtype)
    numbers = NumberSet()
    for line in reader.lines("raw"):
        assert numbers.add(line.sequence)
        assert line.lost_before == 0
        if line.sequence % 100 == 0:
            bank.copy_into(line.sequence, expected)
            np.testing.assert_array_equal(reader.read("raw", line.position), expected)
    assert compact(numbers.there()) == f"0-{TINY - 1}"
