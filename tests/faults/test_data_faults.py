"""Frames that no camera should send, and all that some do: each is recorded bit by bit."""

import numpy as np
import pytest
from fault_run import Trial
from live_run import LiveRun, merge
from pushed_frames import CAMERA, noise, push_all

from livecare.frame import Pixels
from livecare.sinks.reader import StoreReader

SIZES = [
    pytest.param((1, 1), "uint8", id="1 × 1, 8 bits"),
    pytest.param((1, 771), "uint16", id="1 × 771, 16 bits"),
    pytest.param((513, 1), "float32", id="513 × 1, floating point"),
    pytest.param((513, 771), "uint8", id="513 × 771, 8 bits"),
    pytest.param((513, 771), "uint16", id="513 × 771, 16 bits"),
]


@pytest.mark.parametrize(("shape_yx", "dtype"), SIZES)
def test_frames(trial: Trial, shape_yx: tuple[int, int], dtype: str) -> None:
    _, outcome = push_all(trial, noise(20, shape_yx, dtype))
    assert outcome.report["ledger"]["restored"] == 20


def odd_frames() -> tuple[list[Pixels], set[int]]:
    """Frames of floating point with everything that such numbers can be; and which are no frames
    that anything could be restored from.
    """
    frames = noise(12, (75, 130), "float32")
    frames[1][3, 5] = np.nan
    frames[4][:] = np.nan
    frames[5][0, 0] = np.inf
    frames[6][74, 129] = -np.inf
    frames[7][:, 9] = -0.0
    frames[8][:, 9] = np.float32(1e-45)
    frames[9][:, 9] = np.finfo(np.float32).max
    frames[10].view(np.uint32)[2, 2] = 0x7FC0BEEF  # a NaN that says something
    return frames, {1, 4, 5, 6, 10}


def test_frames_that_are_not_finite(trial: Trial) -> None:
    """They are recorded as they are; what cannot be restored is named, and nothing else fails."""
    frames, hopeless = odd_frames()
    run, outcome = push_all(trial, frames, exit_code=3)
    ledger = outcome.report["ledger"]
    assert ledger["recorded"] == len(frames)
    reader = StoreReader(run.store)
    restored = {line.sequence for line in reader.lines("restored")}
    assert restored == set(range(len(frames))) - hopeless
    assert ledger["failed"] == len(hopeless)
    assert f"{len(hopeless)} recorded frames could not be restored" in outcome.stderr
    for sequence in hopeless:
        assert f"sequence={sequence}" in outcome.stderr.replace(" ", "")
    for line in reader.lines("restored"):
        found = reader.read("restored", line.position)
        assert found is not None
        assert found.tobytes() == frames[line.sequence].tobytes()


def test_frames_that_are_all_black_or_all_saturated(trial: Trial) -> None:
    frames: list[Pixels] = [np.full((64, 64), value, np.uint16) for value in (0, 65535, 100)] * 4
    _, outcome = push_all(trial, frames)
    assert outcome.report["ledger"]["restored"] == len(frames)


def test_frames_that_show_nothing_to_lock_to(trial: Trial) -> None:
    """The raw ones are safe; why none is restored is said."""
    frames: list[Pixels] = [np.zeros((64, 64), np.uint16)] * 12
    _, outcome = push_all(trial, frames, {}, exit_code=3)
    ledger = outcome.report["ledger"]
    assert (ledger["recorded"], ledger["restored"], ledger["failed"]) == (12, 0, 12)
    assert "shutter closed, or saturated?" in outcome.stderr


def test_bursts_and_pauses(trial: Trial) -> None:
    """200 frames at once, then nothing until all of them are recorded and the run is idle."""
    frames = noise(600, (64, 64), "uint16")

    def wait(run: LiveRun, sent: int) -> None:
        if sent % 200 == 0:
            run.until(lambda now: now.ledger.recorded == sent and now.recorded_hz == 0)

    _, outcome = push_all(trial, frames, between=wait)
    assert outcome.report["ledger"]["restored"] == 600


@pytest.mark.timeout(240)
def test_frames_of_6000_by_6000(trial: Trial) -> None:
    frames = noise(3, (6000, 6000), "uint16")
    _, outcome = push_all(trial, frames, merge(CAMERA, {"ring": {"slots": 4}}))
    assert outcome.report["ledger"]["restored"] == 3
