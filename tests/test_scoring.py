"""How good a recording is: known numbers, and no score where there is no truth."""

import math
from pathlib import Path

import numpy as np
import pytest

from livecare.disk import aligned_block
from livecare.errors import LivecareError
from livecare.frame import FrameHeader, Ledger, Pixels, Position, StreamInfo
from livecare.scoring import SCORED_FRAMES, psnr_db, score
from livecare.simulation import Camera, SceneSettings, SimulatedScene
from livecare.sinks.store import Store

SIZE = (24, 32)


def ramp() -> Pixels:
    return np.linspace(0, 1000, 1001, dtype=np.float32).reshape(13, 77)


def test_a_known_error_has_a_known_psnr() -> None:
    truth = ramp()
    low, high = np.percentile(truth, (0.1, 99.9))
    for error in (1.0, 10.0):
        noisy = truth + np.float32(error) * np.where(np.arange(truth.size) % 2, 1, -1).reshape(
            truth.shape
        )
        assert psnr_db(noisy, truth) == pytest.approx(20 * math.log10((high - low) / error))


def test_perfect_and_black() -> None:
    assert psnr_db(ramp(), ramp()) == math.inf
    black = np.zeros((8, 8), np.float32)
    assert psnr_db(black + 1, black) == -math.inf
    assert psnr_db(black, black) == math.inf


def test_integers_do_not_wrap() -> None:
    truth = np.linspace(10, 250, 64, dtype=np.float32).reshape(8, 8)
    below = (truth - 5).astype(np.uint8)
    assert psnr_db(below, truth) == pytest.approx(psnr_db(below.astype(np.float32), truth))


def record(
    path: Path, frames: int, restored: int, *, simulated: bool = True
) -> tuple[SimulatedScene, Path]:
    """Record a scene; "restored" frames are the truth itself, rounded."""
    scene = SimulatedScene(SceneSettings(SIZE, camera=Camera(gain_adu_per_e=2.0), bank_frames=4))
    detail = {"simulation": scene.settings.to_document()} if simulated else {}
    store = Store.create(path, StreamInfo("run", "test", SIZE, "uint16", detail=detail))
    for index in range(frames):
        _append(store.raw, index, scene.frame(index))
        if index < restored:
            _append(store.restored, index, np.rint(scene.truth(index)).astype(np.uint16))
    store.finish(Ledger(frames, frames, restored, frames - restored))
    store.close()
    return scene, path


def _append(lane: object, index: int, pixels: Pixels) -> None:
    header = FrameHeader(index, Position(index), SIZE, "uint16", 0, camera_index=index)
    block = aligned_block(pixels.nbytes + 4)
    np.frombuffer(block, np.uint16, pixels.size)[:] = pixels.ravel()
    lane.append(header, block)  # type: ignore[attr-defined]


def test_the_mean_over_the_frames(tmp_path: Path) -> None:
    scene, store = record(tmp_path / "s", frames=5, restored=3)
    scores = score(store)
    assert scores is not None
    expected = np.mean([psnr_db(scene.frame(i), scene.truth(i)) for i in range(3)])
    assert scores["raw"] == pytest.approx(expected, abs=0.01)
    assert scores["restored"] > 40 > scores["raw"]


def test_a_long_recording_is_sampled_evenly(tmp_path: Path) -> None:
    scene, store = record(tmp_path / "s", frames=3 * SCORED_FRAMES, restored=3 * SCORED_FRAMES)
    scores = score(store)
    assert scores is not None
    sampled = range(0, 3 * SCORED_FRAMES, 3)
    expected = np.mean([psnr_db(scene.frame(i), scene.truth(i)) for i in sampled])
    assert scores["raw"] == pytest.approx(expected, abs=0.01)


def test_no_truth_no_score(tmp_path: Path) -> None:
    _, store = record(tmp_path / "s", frames=2, restored=2, simulated=False)
    assert score(store) is None


def test_nothing_restored_no_score(tmp_path: Path) -> None:
    _, store = record(tmp_path / "s", frames=2, restored=0)
    assert score(store) is None


def test_a_frame_that_is_gone_is_named(tmp_path: Path) -> None:
    _, store = record(tmp_path / "s", frames=2, restored=2)
    for shard in (store / "raw" / "0").rglob("c/**/0"):
        if shard.is_file():
            shard.unlink()
    with pytest.raises(LivecareError, match="frame 0"):
        score(store)
