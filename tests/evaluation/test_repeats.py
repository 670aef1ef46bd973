"""Truth from repeats: after the correction the PSNR is that to the noise-free truth."""

import numpy as np
import pytest
from evaluation_scenes import blobs, expose, truth_of

from livecare.errors import UsageError
from livecare.evaluation.metrics import leave_one_out, mean_squared_error, psnr_db
from livecare.evaluation.metrics.smoothing import gaussian


@pytest.mark.parametrize("frames", [8, 50])
def test_the_corrected_psnr_is_the_true_one(frames: int) -> None:
    photons = blobs(side=320)
    truth, raw = truth_of(photons), expose(photons, frames)
    true_error, corrected, plain = [], [], []
    for index in range(4):
        restored = gaussian(raw[index].astype(np.float32), 1.5)
        found = leave_one_out(raw, index)
        true_error.append(mean_squared_error(restored, truth))
        plain.append(mean_squared_error(restored, found.image))
        corrected.append(plain[-1] - found.variance)
    peak = float(np.ptp(truth))
    expected = psnr_db(float(np.mean(true_error)), peak)
    assert psnr_db(float(np.mean(corrected)), peak) == pytest.approx(expected, abs=0.15)
    if frames == 8:
        assert psnr_db(float(np.mean(plain)), peak) < expected - 1, "it matters"


def test_the_frame_itself_is_left_out() -> None:
    frames = np.zeros((5, 16, 16))
    frames[2] = 1000
    assert leave_one_out(frames, 2).image.max() == 0
    assert leave_one_out(frames, 0).image.min() == 250


def test_too_few_frames() -> None:
    with pytest.raises(UsageError, match="2 frames give no truth"):
        leave_one_out(np.zeros((2, 16, 16)), 0)
