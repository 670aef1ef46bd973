from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from livecare.viewer.display.levels import AutoLevels, wanted_levels
from livecare.viewer.styles import Levels

Image = NDArray[Any]


RNG = np.random.default_rng(8)


def scene(peak: float) -> Image:
    rows, columns = np.mgrid[:256, :256]
    return 100 + peak * (0.1 + np.exp(-((rows - 128) ** 2 + (columns - 100) ** 2) / 2000))


def noisy(mean: Image, dtype: str = "uint16") -> Image:
    return RNG.poisson(mean).astype(dtype)


@pytest.mark.parametrize("peak", [1, 10, 1000])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_noise_of_a_still_scene_moves_nothing(peak: float, dtype: str) -> None:
    levels = AutoLevels()
    mean = scene(peak)
    settled = levels.update(noisy(mean, dtype))
    assert {levels.update(noisy(mean, dtype)) for _ in range(40)} == {settled}


def test_faint_frames_whose_percentiles_jump_by_whole_counts_do_not_flicker() -> None:
    levels = AutoLevels()
    faint = np.full((300, 300), 0.2435)  # its 99.8th percentile is 2 in some frames and 3 in others
    wanted = {wanted_levels(noisy(faint)) for _ in range(40)}
    settled = levels.update(noisy(faint))
    assert len(wanted) > 1
    assert {levels.update(noisy(faint)) for _ in range(40)} == {settled}


def test_twice_the_exposure_moves_the_levels_smoothly_to_where_they_belong() -> None:
    levels = AutoLevels()
    before = levels.update(noisy(scene(1000)))
    path = [levels.update(noisy(2 * scene(1000))).high for _ in range(25)]
    steps = np.diff([before.high, *path])
    assert path[-1] == pytest.approx(wanted_levels(noisy(2 * scene(1000))).high, rel=0.05)
    assert (steps >= -1).all()
    assert steps.max() < 0.35 * (path[-1] - before.high)
    assert len(set(path[-10:])) == 1


def test_a_single_flash_moves_nothing() -> None:
    levels = AutoLevels()
    before = levels.update(noisy(scene(100)))
    levels.update(noisy(20 * scene(100)))
    assert {levels.update(noisy(scene(100))) for _ in range(10)} == {before}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("value", [0, 7, 255])
def test_a_constant_frame_gives_levels_with_a_span(dtype: str, value: float) -> None:
    levels = AutoLevels().update(np.full((64, 64), value, dtype))
    assert levels.low == value
    assert levels.high > levels.low


def test_what_is_no_number_is_left_out() -> None:
    pixels = noisy(scene(100), "float32")
    clean = wanted_levels(pixels)
    pixels[::7, ::5] = np.nan
    pixels[1, 1] = np.inf
    found = wanted_levels(pixels)
    assert (found.low, found.high) == pytest.approx((clean.low, clean.high), rel=0.05)


def test_a_frame_without_a_number_changes_nothing() -> None:
    levels = AutoLevels()
    empty = np.full((32, 32), np.nan, np.float32)
    assert levels.update(empty) == Levels(0.0, 1.0)
    before = levels.update(noisy(scene(100), "float32"))
    assert levels.update(empty) == before


def test_hot_and_dead_pixels_decide_nothing() -> None:
    pixels = noisy(scene(100))
    clean = wanted_levels(pixels)
    places = RNG.choice(pixels.size, 60, replace=False)
    pixels.ravel()[places[:30]], pixels.ravel()[places[30:]] = 65535, 0
    found = wanted_levels(pixels)
    assert (found.low, found.high) == pytest.approx((clean.low, clean.high), rel=0.1)


def test_locked_levels_stay_and_unlocked_ones_follow() -> None:
    levels = AutoLevels()
    levels.update(noisy(scene(100)))
    levels.lock(Levels(3.0, 4.0))
    assert {levels.update(noisy(scene(9000))) for _ in range(10)} == {Levels(3.0, 4.0)}
    levels.unlock()
    for _ in range(30):
        levels.update(noisy(scene(9000)))
    wanted = wanted_levels(noisy(scene(9000)))
    assert levels.levels.high == pytest.approx(wanted.high, rel=0.05)


def test_locking_without_levels_keeps_the_present_ones() -> None:
    levels = AutoLevels()
    before = levels.update(noisy(scene(100)))
    levels.lock()
    assert levels.locked
    assert levels.update(noisy(scene(9000))) == before


def test_a_restart_takes_the_next_frame_as_it_is() -> None:
    levels = AutoLevels()
    levels.update(noisy(scene(100)))
    levels.restart()
    bright = noisy(scene(9000))
    assert levels.update(bright) == wanted_levels(bright)
