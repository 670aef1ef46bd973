"""Flicker: brightness that changes with a restoration, not with the specimen."""

import numpy as np
import pytest
from evaluation_scenes import CAMERA, blobs, expose, truth_of

from livecare.errors import UsageError
from livecare.evaluation.metrics import measure_flicker, trace_correlation
from livecare.evaluation.metrics.smoothing import gaussian

FRAMES = 24


def still_movie() -> np.ndarray:
    return expose(blobs(), FRAMES)


def test_raw_frames_do_not_flicker_more_than_themselves() -> None:
    raw = still_movie()
    found = measure_flicker(raw, raw, CAMERA)
    assert found.ratio == 1
    assert found.regions == 36


def test_a_filter_adds_no_flicker_and_a_gain_that_changes_does() -> None:
    raw = still_movie()
    smooth = np.stack([gaussian(frame.astype(np.float32), 1.0) for frame in raw])
    assert measure_flicker(smooth, raw, CAMERA).ratio == pytest.approx(1, abs=0.1)
    gains = 1 + 0.1 * (-1) ** np.arange(FRAMES)[:, None, None]
    unsteady = 100 + (smooth - 100) * gains
    found = measure_flicker(unsteady, raw, CAMERA)
    assert found.ratio > 1.5
    assert found.percent > 9


def test_moving_regions_do_not_count() -> None:
    photons = np.repeat(blobs(dark=10)[None], FRAMES, axis=0)
    photons[:, :48] *= np.linspace(0.5, 1.5, FRAMES)[:, None, None]
    raw = np.stack([expose(each, 1, seed=number)[0] for number, each in enumerate(photons)])
    found = measure_flicker(truth_of(photons), raw, CAMERA)
    assert 9 <= found.regions <= 22
    assert found.ratio < 0.4


def test_the_truth_as_reference() -> None:
    still = np.repeat(truth_of(blobs())[None], FRAMES, axis=0)
    assert measure_flicker(still, still, CAMERA).ratio == 1
    assert measure_flicker(still_movie(), still, CAMERA).ratio == np.inf


def test_time_courses() -> None:
    light = 1 + np.sin(np.arange(FRAMES) / 3)[:, None, None]
    movie = truth_of(blobs(dark=10) * light)
    raw = np.stack([expose(blobs(dark=10) * each, 1)[0] for each in light])
    assert trace_correlation(movie, raw) > 0.98
    frozen = np.repeat(movie.mean(axis=0)[None], FRAMES, axis=0)
    assert trace_correlation(frozen, raw) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("shape", [(2, 32, 32), (8, 15, 40)])
def test_too_little_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError, match="flicker: needs at least 3 frames"):
        measure_flicker(np.ones(shape), np.ones(shape), CAMERA)
