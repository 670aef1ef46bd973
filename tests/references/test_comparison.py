"""What is said of a restored frame beside a reference, where the truth is known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from livecare.frame import StreamInfo
from livecare.models.anscombe import CameraNoise
from livecare.models.counts import ROUNDING
from livecare.references import ReferenceStream, compare
from livecare.references.shifting import shifted
from livecare.references.similarity import noise_variance
from livecare.simulation import SPECIMENS, Camera, Optics, Specimen

SIDE = 128
LIGHT = 10.0
CAMERA = Camera(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6, bit_depth=16)
NOISE = CameraNoise(2.0, 100.0, 1.6)

Field = NDArray[np.float32]


@pytest.fixture(scope="module")
def photons() -> Field:
    rng = np.random.default_rng(1)
    scene = Specimen(SPECIMENS["mixed"], Optics(), (2 * SIDE, 2 * SIDE), rng)
    return np.asarray(scene.render(0.0)[:SIDE, :SIDE] * 40 + 2, np.float32)


def restored_of(photons: Field, error: float, seed: int = 0) -> Field:
    """Return counts with an error of so many photons, as smooth as those of networks."""
    rng = np.random.default_rng(seed)
    rough = rng.normal(size=photons.shape).astype(np.float32)
    for axis in (0, 1):
        rough = rough + np.roll(rough, 1, axis)
    rough *= error / rough.std()
    return CAMERA.expected_adu(photons + rough)


def reference_of(photons: Field, seed: int = 5) -> NDArray[np.generic]:
    return CAMERA.expose(np.float32(LIGHT) * photons, np.random.default_rng(seed))


@pytest.mark.parametrize("error", [0.5, 1.0, 3.0])
def test_the_error_is_that_of_the_restored_frame_alone(photons: Field, error: float) -> None:
    found = compare(restored_of(photons, error), reference_of(photons), NOISE)
    assert found is not None
    true = error / math.hypot(error, photons.std())  # of the best fit of the restored frame
    assert found.nrmse == pytest.approx(true, rel=0.06)
    assert found.light < LIGHT * 1.01, "what is off is fitted less steeply"
    assert found.fair
    assert found.noise_known


def test_without_the_camera_the_references_noise_is_an_error_too(photons: Field) -> None:
    reference = reference_of(photons)
    known = compare(restored_of(photons, 0.5), reference, NOISE)
    unknown = compare(restored_of(photons, 0.5), reference, None)
    assert known is not None
    assert unknown is not None
    assert unknown.nrmse > 1.1 * known.nrmse
    assert unknown.ssim < known.ssim


def test_frames_of_fractions_of_counts_have_no_rounding(photons: Field) -> None:
    """As of sources that scale their frames: rounding to whole counts would drown the signal."""
    scale = np.float32(1e-3)
    noise = CameraNoise(2.0 * scale, 100.0 * scale, 1.6)
    found = compare(restored_of(photons, 1.0) * scale, reference_of(photons) * scale, noise)
    wanted = compare(restored_of(photons, 1.0), reference_of(photons), NOISE)
    assert found is not None
    assert wanted is not None
    assert (found.nrmse, found.ssim) == pytest.approx((wanted.nrmse, wanted.ssim), rel=1e-3)


def test_read_noise_that_was_measured_holds_that_of_rounding() -> None:
    dark = np.zeros(1)
    for read_noise_e in (1 / 12**0.5, 0.0):
        found = noise_variance(dark, CameraNoise(1.0, 0.0, read_noise_e), ROUNDING)
        assert found == pytest.approx(ROUNDING)


def test_exposure_and_offset_are_fitted(photons: Field) -> None:
    found = compare(CAMERA.expected_adu(photons), reference_of(photons), NOISE)
    assert found is not None
    assert found.light == pytest.approx(LIGHT, rel=0.01)
    assert found.offset_adu == pytest.approx(100.0, rel=0.02)
    assert found.nrmse < 0.05, "of a perfect restoration hardly an error is left"
    assert found.ssim == pytest.approx(1.0, abs=0.02)


def test_ssim_falls_with_the_error(photons: Field) -> None:
    found = [compare(restored_of(photons, e), reference_of(photons), NOISE) for e in (0.5, 2, 5)]
    similarities = [each.ssim for each in found if each is not None]
    assert len(similarities) == 3
    assert similarities[0] > similarities[1] + 0.1 > similarities[2] + 0.2


@pytest.mark.parametrize("way", [(2.0, 0.0), (0.4, -0.6), (-3.3, 4.7)])
def test_a_small_shift_is_measured_and_undone(photons: Field, way: tuple[float, float]) -> None:
    rng = np.random.default_rng(1)
    wide = Specimen(SPECIMENS["mixed"], Optics(), (2 * SIDE, 2 * SIDE), rng).render(0.0) * 40 + 2
    whole = [math.floor(each) for each in way]
    moved = shifted(
        np.roll(np.asarray(wide, np.float32), whole, (0, 1)), way[0] - whole[0], way[1] - whole[1]
    )
    reference = reference_of(np.maximum(moved[:SIDE, :SIDE], 0))
    still = compare(restored_of(photons, 1.0), reference_of(photons), NOISE)
    found = compare(restored_of(photons, 1.0), reference, NOISE)
    assert found is not None
    assert still is not None
    assert found.shift_yx_px == pytest.approx(way, abs=0.15)
    assert found.nrmse == pytest.approx(still.nrmse, rel=0.15)
    assert found.fair


def test_a_large_shift_is_said_and_not_called_an_error(photons: Field) -> None:
    moved = reference_of(np.roll(photons, 12, 0))
    found = compare(restored_of(photons, 1.0), moved, NOISE)
    assert found is not None
    assert found.moved
    assert not found.fair


def test_something_else_is_an_error_and_no_shift(photons: Field) -> None:
    found = compare(restored_of(photons, 0.5), reference_of(photons.T.copy()[::-1]), NOISE)
    assert found is not None
    assert found.nrmse > 0.8


def test_what_is_saturated_is_left_out_and_much_of_it_is_unfair(photons: Field) -> None:
    narrow = Camera(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6, bit_depth=10)
    for part, fair in ((0.005, True), (0.2, False)):
        level = float(np.quantile(photons, 1 - part))
        light = 460.0 / level
        reference = narrow.expose(np.float32(light) * photons, np.random.default_rng(2))
        found = compare(restored_of(photons, 1.0), reference, NOISE)
        assert found is not None
        assert found.saturated == pytest.approx(part, rel=0.5)
        assert found.fair is fair


def test_frames_binned_by_means_are_compared_in_their_means(photons: Field) -> None:
    noise = CameraNoise(0.5, 100.0, 0.8, binning=2)  # of means of 2 × 2: a quarter of the variance
    found = compare(restored_of(photons, 1.0), reference_of(photons), noise)
    assert found is not None
    assert 0 < found.nrmse < 0.2


def test_nothing_is_said_of_what_cannot_be_compared(photons: Field) -> None:
    reference = reference_of(photons)
    restored = restored_of(photons, 1.0)
    assert compare(restored[:64], reference, NOISE) is None
    assert compare(restored[:16, :16], reference[:16, :16], NOISE) is None
    empty = CAMERA.expose(np.full((SIDE, SIDE), 0.0, np.float32), np.random.default_rng(3))
    assert compare(restored, empty, CameraNoise(2.0, 100.0, 2.0)) is None
    broken = restored.copy()
    broken[3, 3] = np.nan
    assert compare(broken, reference, NOISE) is None


def test_a_restored_frame_that_shows_nothing_is_wholly_wrong(photons: Field) -> None:
    found = compare(np.full((SIDE, SIDE), 100.0, np.float32), reference_of(photons), NOISE)
    assert found is not None
    assert found.nrmse == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    "said",
    [
        {"name": "beads"},
        {"channel": 1, "every": -1, "light": 2.0},
        {"channel": "one", "every": 5, "light": 2.0},
        {"channel": 1, "every": 5, "light": 0.0},
        "beads",
    ],
)
def test_another_s_word_for_references_is_none_of_ours(said: object) -> None:
    info = StreamInfo("run", "push", (8, 8), "uint16", detail={"reference": said})
    assert ReferenceStream.of(info) is None
