from pathlib import Path

import numpy as np
import pytest
import tifffile
from pair_files import SIDE, clean, exposures, scene, shifted_scene

from livecare.references.registration import measure_shift
from livecare.references.shifting import overlap, shifted, split_shift


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.3, -0.4), (2.6, -1.25), (-7.0, 11.5)])
def test_a_noisy_and_a_clean_picture_tell_their_shift(place: tuple[float, float]) -> None:
    noisy = exposures(scene(), 1)[0].astype(np.float32)
    shift = measure_shift(noisy, clean(shifted_scene(*place), gain=11, offset=3))
    assert shift.clear
    assert (-shift.y_px, -shift.x_px) == pytest.approx(place, abs=0.2)


def test_noise_alone_tells_no_shift() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 128, 128)).astype(np.float32)
    assert not measure_shift(first, second).clear


def test_flat_pictures_tell_no_shift() -> None:
    flat = np.full((64, 64), 5, np.float32)
    assert not measure_shift(flat, flat).clear


def test_a_clean_picture_moves_by_a_fraction_of_a_pixel() -> None:
    moved = shifted(clean(scene()), 0.4, -0.3)
    wanted = clean(shifted_scene(0.4, -0.3))
    inside = slice(4, -4)
    assert np.abs(moved - wanted)[inside, inside].max() < 0.1
    assert moved.dtype == np.float32


def test_moving_there_and_back_changes_little() -> None:
    picture = clean(scene())
    back = shifted(shifted(picture, 0.5, 0.25), -0.5, -0.25)
    assert np.abs(back - picture)[4:-4, 4:-4].max() < 0.1


def test_real_pairs_lie_on_each_other(recorded_data: Path) -> None:
    frames = tifffile.imread(recorded_data / "nandb_fkbp" / "well1_cell2_before.tif")
    frames = frames.astype(np.float32)
    mean = frames[1:].mean(axis=0)
    assert measure_shift(frames[0], mean).length_px < 0.3
    moved = np.roll(shifted(mean, 0.6, 0.75), (2, -2), (0, 1))
    shift = measure_shift(frames[0], moved)
    assert (shift.y_px, shift.x_px) == pytest.approx((-2.6, 1.25), abs=0.3)


def test_whole_pixels_are_cropped_and_the_rest_is_within_half_a_pixel() -> None:
    assert split_shift(2.6) == (3, pytest.approx(-0.4))
    assert split_shift(-0.2) == (0, pytest.approx(-0.2))
    first, second = overlap((SIDE, SIDE), (3, -2))
    light = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    moved = np.roll(light, (3, -2), (0, 1))
    # where `moved` lies 3 rows below, the first picture's row 3 is the second's row 0 of `light`
    assert np.array_equal(moved[first], light[second])
