"""Sums over blocks, and spectra."""

from dataclasses import replace

import numpy as np
import pytest
from guard_stage import NOISE, Scene, flat

from livecare.frame import Pixels
from livecare.guards.spectrum import SIDE, measure
from livecare.guards.survey import survey
from livecare.guards.texture import correlation, kept, noise_factor, stripes


def test_blocks_hold_the_electrons_expected_and_in_excess() -> None:
    restored = np.full((66, 70), 120.0, np.float32)
    raw = restored.copy()
    raw[5, 9] += 30.0
    seen = survey(raw, restored, NOISE)
    assert seen.photons.shape == (16, 17)
    assert seen.photons == pytest.approx(np.full((16, 17), 16 * 10.0))
    assert seen.excess[1, 2] == pytest.approx(15.0)
    assert seen.peak[1, 2] == pytest.approx(15.0)
    assert np.count_nonzero(seen.excess) == 1
    assert seen.signal == pytest.approx(10.0)


def test_whole_counts_vary_a_little_more_than_they_should() -> None:
    scene = flat()
    exact = survey(scene.raw(), scene.restored(), NOISE)
    whole = survey(scene.raw(), np.rint(scene.restored()).astype(np.uint16), NOISE)
    assert exact.dark_variance == pytest.approx(1.6**2)
    assert whole.dark_variance == pytest.approx(1.6**2 + 1 / 12 / 4)


def test_with_binning_means_of_four_pixels_are_looked_at() -> None:
    seen = survey(flat(side=300).raw(), flat(side=300).restored(), replace(NOISE, binning=2))
    assert seen.raw.shape == (148, 148)


@pytest.mark.parametrize(
    ("raw", "restored"),
    [
        (np.zeros((63, 200), np.uint16), np.zeros((63, 200), np.uint16)),
        (np.zeros((64, 64), np.uint16), np.zeros((64, 65), np.uint16)),
        (np.full((64, 64), np.nan, np.float32), np.zeros((64, 64), np.float32)),
        (np.zeros((64, 64), np.float32), np.full((64, 64), np.inf, np.float32)),
    ],
)
def test_frames_that_cannot_be_compared_are_not(raw: Pixels, restored: Pixels) -> None:
    assert survey(raw, restored, NOISE) is None


def test_white_noise_of_the_expected_strength_has_the_power_one_everywhere() -> None:
    scene = flat(30.0, side=512)
    power = np.mean(
        [measure(survey(scene.raw(i), scene.restored(), NOISE), i).removed for i in range(16)],
        axis=0,
    )
    assert power == pytest.approx(np.ones((SIDE, SIDE)), abs=0.15)
    assert power.mean() == pytest.approx(1.0, abs=0.01)


def test_other_blocks_are_taken_each_time() -> None:
    scene = flat(side=512)
    seen = survey(scene.raw(), scene.restored(), NOISE)
    first, second = measure(seen, 0), measure(seen, 1)
    assert not np.array_equal(first.removed, second.removed)
    assert np.array_equal(first.removed, measure(seen, 8).removed)  # of 1024 blocks 128 at a time


@pytest.mark.parametrize("gain", [2 / 1.5, 2 * 1.5])
def test_a_wrong_gain_shows_as_its_factor(gain: float) -> None:
    scene = flat(60.0)
    believed = replace(NOISE, gain_adu_per_e=gain)
    spectrum = measure(survey(scene.raw(), scene.restored(), believed), 0)
    assert noise_factor(spectrum) == pytest.approx(1.5, rel=0.08)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 1.0])
def test_the_part_of_the_noise_that_was_kept_is_told(part: float) -> None:
    scene = Scene.draw()
    raw = scene.raw().astype(np.float32)
    restored = (1 - part) * scene.restored() + part * raw
    assert kept(measure(survey(raw, restored, NOISE), 0)) == pytest.approx(part, abs=0.05)


@pytest.mark.parametrize("axis", [0, 1])
def test_noise_that_neighbours_share_is_told_along_either_axis(axis: int) -> None:
    scene = flat()
    white = scene.raw().astype(np.float32)
    dragged = 0.75 * white + 0.25 * np.roll(white, 1, axis=axis)
    assert correlation(measure(survey(white, scene.restored(), NOISE), 0)) < 1.15
    assert correlation(measure(survey(dragged, scene.restored(), NOISE), 0)) > 2


@pytest.mark.parametrize("axis", [0, 1])
def test_stripes_are_told_along_either_axis(axis: int) -> None:
    scene = flat()
    raw = scene.raw().astype(np.float32)
    shape = (256, 1) if axis == 0 else (1, 256)
    offsets = np.random.default_rng(1).normal(0, 0.2 * 2 * 7.56**0.5, shape)
    assert stripes(survey(raw, scene.restored(), NOISE)) == pytest.approx(1.0, abs=0.35)
    assert stripes(survey(raw + offsets, scene.restored(), NOISE)) > 5


def test_hot_pixels_are_no_stripes_even_in_a_small_frame() -> None:
    scene = flat(side=128)
    hot = np.zeros((128, 128), np.float32)
    rng = np.random.default_rng(3)
    hot[rng.integers(0, 128, 20), rng.integers(0, 128, 20)] = 400.0  # counts, 200 electrons
    found = stripes(survey(scene.raw() + hot, scene.restored(), NOISE))
    assert found == pytest.approx(stripes(survey(scene.raw(), scene.restored(), NOISE)), abs=0.1)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_line_full_of_hot_pixels_is_a_stripe(axis: int) -> None:
    scene = flat()
    raw = scene.raw().astype(np.float32)
    np.moveaxis(raw, axis, 0)[10::11] += 200.0
    assert stripes(survey(raw, scene.restored(), NOISE)) > 5


def test_hot_pixels_are_left_out_of_the_sums_of_their_lines_alone() -> None:
    restored = np.full((66, 70), 120.0, np.float32)
    raw = restored.copy()
    raw[5, 9] += 130.0
    raw[40, 9] += 2.0
    seen = survey(raw, restored, NOISE)
    assert not seen.healthy[1, 2]
    assert np.count_nonzero(~seen.healthy) == 1
    assert seen.rows[[5, 40]] == pytest.approx([0.0, 1.0])
    assert seen.columns[9] == pytest.approx(1.0)
