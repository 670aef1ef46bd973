"""A truth that is a mean of frames is noisy by what the camera and their number say."""

import numpy as np
import pytest

from livecare.evaluation.imageset import ImageSet, Recording
from livecare.evaluation.judging import Frame
from livecare.models.anscombe import CameraNoise

CAMERA = CameraNoise(2.0, 100.0, 3.0)
FRAMES, ELECTRONS = 50, 20.0


def averaged(side: int = 128) -> np.ndarray:
    rng = np.random.default_rng(4)
    electrons = rng.poisson(ELECTRONS, (FRAMES, side, side)) + rng.normal(
        0, 3.0, (FRAMES, side, side)
    )
    return (electrons * 2.0 + 100.0).mean(axis=0).astype(np.float32)


def frame_of(truth_frames: int) -> Frame:
    truth = averaged()
    recording = Recording("a", truth[None], truth, truth_frames=truth_frames)
    found = ImageSet("a", "a", (recording,)).truth_of(recording, 0)
    return Frame.of(truth, CAMERA, found, peak=None, affine=False)


def test_its_noise_follows_from_the_camera() -> None:
    assert frame_of(FRAMES).truth_noise.mean() == pytest.approx(averaged().std(), rel=0.03)


def test_a_truth_of_which_nothing_is_said_has_none() -> None:
    assert frame_of(0).truth_noise.max() == 0


def test_scores_are_not_those_of_another_number_of_frames() -> None:
    truth = averaged(32)
    one, other = (Recording("a", truth[None], truth, truth_frames=n) for n in (0, FRAMES))
    assert one.digest != other.digest
