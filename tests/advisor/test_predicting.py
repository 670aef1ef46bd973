"""What is predicted is true, and what contradicts it is said."""

from collections.abc import Iterator

import numpy as np
import pytest
from advisor_scenes import CAMERA, LONG_MS, expose, photons, series

from livecare.advisor.areas import BRIGHT, WHOLE
from livecare.advisor.camera import offset_of, use_camera
from livecare.advisor.estimate import Z90
from livecare.advisor.judging import (
    Sample,
    mean_of,
    nrmse_estimate,
    psnr_estimate,
    similarity_map,
)
from livecare.advisor.page import render_page
from livecare.advisor.predicting import Prediction, Question, predict
from livecare.advisor.restoring import FrameRestorer
from livecare.advisor.series import Series, sort_series
from livecare.advisor.target import Target, advise
from livecare.advisor.thinning import to_electrons
from livecare.errors import ConfigError, UsageError
from livecare.evaluation.metrics import psnr_db, range_of

pytest.importorskip("onnxruntime", reason="runs the model: pip install 'livecare[onnxruntime]'")


@pytest.fixture(scope="module")
def restorer() -> Iterator[FrameRestorer]:
    with FrameRestorer("default-fast", "onnxruntime", 1) as made:
        yield made


@pytest.fixture(scope="module")
def prediction(restorer: FrameRestorer) -> Prediction:
    """Camera given; 5 frames of 50 ms and 4 of 10 ms."""
    recorded = [series(LONG_MS, 5, seed=1), series(10.0, 4, seed=2)]
    return predict(recorded, restorer, Question(camera=CAMERA))


def true_psnr_db(restorer: FrameRestorer, exposure_ms: float) -> float:
    truth = photons()
    part = exposure_ms / LONG_MS
    restored = restorer.restore(list(expose(truth * part, 6, seed=77)), CAMERA)
    errors = [np.square(to_electrons(each, CAMERA) / part - truth).mean() for each in restored]
    return psnr_db(float(np.mean(errors)), range_of(truth))


def test_unseen_exposures_are_predicted_within_a_decibel(
    prediction: Prediction, restorer: FrameRestorer
) -> None:
    for row in prediction.rows[::3]:
        found = row.areas[WHOLE].psnr_db
        true = true_psnr_db(restorer, row.exposure_ms)
        assert found.value == pytest.approx(true, abs=1.0)
        assert found.low - 0.2 < true < found.high + 0.2


def test_longer_exposures_are_better_and_raw_frames_worse(prediction: Prediction) -> None:
    for area in (WHOLE, BRIGHT):
        scores = [row.areas[area] for row in prediction.rows]
        levels = [each.psnr_db.value for each in scores]
        assert levels == sorted(levels)
        assert scores[0].nrmse.value > scores[-1].nrmse.value
        assert all(each.raw_psnr_db < each.psnr_db.value for each in scores)
        assert all(each.ssim.low <= each.ssim.value <= each.ssim.high for each in scores)


def test_recorded_shorter_exposures_agree(prediction: Prediction) -> None:
    (measured,) = prediction.measured
    assert measured.exposure_ms == 10.0
    nearest = min(prediction.rows, key=lambda row: abs(row.exposure_ms - 10.0))
    apart = measured.areas[WHOLE].psnr_db.value - nearest.areas[WHOLE].psnr_db.value
    assert abs(apart) < 1.0
    assert prediction.warnings == ()


def test_advice_holds(prediction: Prediction, restorer: FrameRestorer) -> None:
    wanted = true_psnr_db(restorer, 12.0)
    advice = advise(prediction, Target("psnr", wanted), WHOLE)
    assert advice.exposure_ms is not None
    assert true_psnr_db(restorer, advice.exposure_ms) >= wanted
    assert advice.exposure_ms < 20.0


def test_the_page_stands_alone(prediction: Prediction) -> None:
    advice = advise(prediction, Target("psnr", 25.0), WHOLE)
    page = render_page(prediction, [advice])
    assert advice.sentence in page.replace("&gt;", ">")
    assert page.count("<svg") == 2
    assert page.count("data:image/png;base64,") > 6
    assert not any(word in page for word in ("<script", "http://", "https://", "nan"))


def test_one_frame_alone_is_judged_by_its_own_rest(restorer: FrameRestorer) -> None:
    found = predict([series(LONG_MS, 1)], restorer, Question(camera=CAMERA))
    assert found.rows[-1].exposure_ms == pytest.approx(0.7 * LONG_MS)
    for row in found.rows[::4]:
        true = true_psnr_db(restorer, row.exposure_ms)
        assert row.areas[WHOLE].psnr_db.value == pytest.approx(true, abs=1.5)
    assert any("one frame" in words for words in found.warnings)


def test_what_contradicts_the_premises_is_said(restorer: FrameRestorer) -> None:
    clipped = np.minimum(expose(photons(), 4, seed=4), 180).astype(np.uint16)
    dim = Series(10.0, expose(photons() * 0.1, 3), "dim")  # half of what 10 ms should bring
    found = predict([Series(LONG_MS, clipped, "long"), dim], restorer, Question(camera=CAMERA))
    said = " ".join(found.warnings)
    for words in ("saturated", "dim: ", "do not follow"):
        assert words in said


def test_a_specimen_that_fades_and_moves_is_still_predicted(restorer: FrameRestorer) -> None:
    """Each frame differs from the others, which would count as an error of restoration."""
    light = photons()
    moving = [expose(np.roll(light, 2 * step, 0) * 0.95**step, 1, seed=step) for step in range(4)]
    recorded = [Series(LONG_MS, np.concatenate(moving), "cell")]
    found = predict(recorded, restorer, Question(camera=CAMERA))
    said = " ".join(found.warnings)
    assert "moves or bleaches" in said
    assert "brightness changes by -1" in said
    for row in found.rows[3::3]:
        true = true_psnr_db(restorer, row.exposure_ms)
        assert row.areas[WHOLE].psnr_db.value == pytest.approx(true, abs=1.5)


def test_two_exposures_tell_the_offset() -> None:
    short, long = series(10.0, 5, seed=2), series(LONG_MS, 5, seed=1)
    assert offset_of(short, long) == pytest.approx(CAMERA.offset_adu, abs=0.3)
    used = use_camera([short, long], None)
    assert used.noise.gain_adu_per_e == pytest.approx(CAMERA.gain_adu_per_e, rel=0.1)
    assert used.noise.offset_adu == pytest.approx(CAMERA.offset_adu, abs=0.3)
    assert not used.warnings
    assert any("offset is a guess" in words for words in use_camera([long], None).warnings)


def test_given_values_are_not_asked_for_again() -> None:
    small = Series(LONG_MS, expose(photons(24), 3), "small")
    assert use_camera([small], CAMERA).noise == CAMERA
    with pytest.raises(ConfigError):
        use_camera([small], None)


def test_series_of_one_exposure_are_joined_and_others_sorted() -> None:
    found = sort_series([series(50.0, 2, name="b"), series(10.0, 1), series(50.0, 3, name="c")])
    assert [(each.exposure_ms, len(each.frames)) for each in found] == [(10.0, 1), (50.0, 5)]
    assert found[1].name == "b + c"


def test_series_that_do_not_fit_are_refused() -> None:
    small = Series(10.0, np.zeros((2, 64, 64), np.uint16), "small")
    with pytest.raises(UsageError, match="small has frames of"):
        sort_series([series(50.0), small])
    with pytest.raises(UsageError, match="uint8"):
        sort_series([series(50.0), Series(10.0, np.zeros((2, 128, 128), np.uint8), "bytes")])
    with pytest.raises(UsageError, match="exposure"):
        Series(0.0, np.zeros((2, 64, 64), np.uint16), "none")
    with pytest.raises(UsageError, match="no recording"):
        sort_series([])


def test_intervals_hold_their_value_and_widen_with_the_error() -> None:
    narrow, wide = (psnr_estimate(4.0, deviation, 100.0) for deviation in (0.01, 1.0))
    assert narrow.value == wide.value == pytest.approx(33.98, abs=0.01)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
    ratio = nrmse_estimate(wide, 100.0, 20.0)
    assert ratio.value == pytest.approx(0.1)
    assert ratio.low < ratio.value < ratio.high


def samples_of(*frames: int) -> list[Sample]:
    none = np.zeros((1, 1))
    return [Sample(none, none, none, 0.0, frame) for frame in frames]


@pytest.mark.parametrize("frames", [2, 3, 4])
def test_intervals_hold_for_few_frames_each_counted_once(frames: int) -> None:
    rng = np.random.default_rng(frames)
    made_of = [repeat % frames for repeat in range(4)]
    samples, held = samples_of(*made_of), 0
    for _ in range(1000):
        errors = rng.normal(10.0, 1.0, frames)
        mean, deviation = mean_of(samples, errors[made_of].tolist(), 0.1)
        held += abs(mean - 10.0) < Z90 * deviation
    assert held / 1000 == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("part", [0.1, 0.4, 0.7])
def test_thinnings_of_one_frame_share_its_electrons(part: float) -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(1000):
        thinned = rng.binomial(rng.poisson(1000), part, 4) / part
        mean, deviation = mean_of(samples_of(0, 0, 0, 0), thinned.tolist(), part)
        held += abs(mean - 1000) < Z90 * deviation
    assert held / 1000 == pytest.approx(0.9, abs=0.03)
    assert mean_of(samples_of(0), [6.0], part) == (6.0, 2.0)


def test_the_similarity_to_a_noisy_truth_comes_back_when_its_noise_is_known() -> None:
    truth = photons(96).astype(np.float32)
    rng = np.random.default_rng(1)
    noisy = (truth + rng.normal(0, 3, truth.shape)).astype(np.float32)
    image = (truth + 2 * np.sin(np.arange(96) / 3)).astype(np.float32)
    full = range_of(truth)
    true = similarity_map(image, truth, full).mean()
    plain = similarity_map(image, noisy, full).mean()
    known = similarity_map(image, noisy, full, np.full(truth.shape, 9.0)).mean()
    assert abs(known - true) < abs(plain - true) / 2
    assert similarity_map(truth, truth, full).min() == pytest.approx(1.0)
