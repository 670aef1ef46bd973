"""Cameras whose gain, offset and read noise are known are measured right."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from camera_scenes import CAMERA, KEY, SIDE, dark, moving, photons, series, still

from livecare.camera import Calibration, measure_dark_and_light, measure_scene
from livecare.camera.blocks import Known, gather
from livecare.camera.windows import MOST_FRAMES, evenly
from livecare.errors import ConfigError
from livecare.simulation import Camera

COUNTER = Camera(1.0, 0.0, 0.0, dtype="uint8")
CAMERAS = [CAMERA, Camera(0.46, 100.0, 1.6), COUNTER]


def variance_is_right(found: Calibration, camera: Camera, share: float) -> None:
    rounding = 1 / 12 if camera.read_noise_e else 0.0
    gain = camera.gain_adu_per_e
    for electrons in (3.0, 15.0, 50.0):
        truth = gain**2 * (electrons + camera.read_noise_e**2) + rounding
        assert found.variance_at(camera.offset_adu + gain * electrons) == pytest.approx(
            truth, rel=share
        )


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("way", ["dark", "still"])
def test_a_camera_is_measured_from_100_frames(camera: Camera, way: str) -> None:
    if way == "dark":
        found, _ = measure_dark_and_light(dark(camera, 40), series(camera, 15), KEY)
        assert (found.frames, found.dark_frames) == (60, 40)
    else:
        found, _ = measure_scene(still(camera, 100, seed=4), KEY, moving=False)
        assert (found.frames, found.dark_frames) == (100, 0)
    assert found.gain.value == pytest.approx(camera.gain_adu_per_e, rel=0.02)
    assert found.offset.value == pytest.approx(camera.offset_adu, rel=0.01, abs=0.1)
    assert found.read_noise.value == pytest.approx(camera.read_noise_e, rel=0.10, abs=0.25)
    assert found.separated
    assert found.warnings == ()
    assert found.gain.error is not None
    assert found.gain.error < 0.01 * camera.gain_adu_per_e
    assert abs(found.gain.value - camera.gain_adu_per_e) < 4 * found.gain.error
    variance_is_right(found, camera, 0.03)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("camera", [CAMERA, COUNTER])
def test_a_camera_is_measured_from_what_moves(camera: Camera, seed: int) -> None:
    found, _ = measure_scene(moving(camera, 48, seed), KEY, moving=True)
    assert found.gain.value == pytest.approx(camera.gain_adu_per_e, rel=0.10)
    variance_is_right(found, camera, 0.10)


def test_what_moves_is_told_by_measuring_the_calm_parts() -> None:
    frames = moving(CAMERA, 48, 9)
    calm, _ = measure_scene(frames, KEY, moving=True)
    all_of_it, _ = measure_scene(frames, KEY, moving=False)
    truth = CAMERA.gain_adu_per_e
    assert abs(calm.gain.value - truth) < abs(all_of_it.gain.value - truth)


def test_light_that_fades_is_no_noise() -> None:
    light, rng = photons(4), np.random.default_rng(4)
    frames = [CAMERA.expose(light * (1 - 0.5 * t / 100), rng) for t in range(100)]
    found, _ = measure_scene(frames, KEY, moving=False)
    assert found.gain.value == pytest.approx(CAMERA.gain_adu_per_e, rel=0.03)


def test_full_pixels_do_not_count() -> None:
    camera = replace(CAMERA, bit_depth=8)
    frames = still(camera, 100, peak=120.0)
    found, _ = measure_scene(frames, KEY, moving=False)
    assert found.saturation == 255.0
    assert found.gain.value == pytest.approx(camera.gain_adu_per_e, rel=0.03)
    assert measure_scene(still(CAMERA, 100), KEY, moving=False)[0].saturation is None


def test_errors_say_how_far_off_values_are() -> None:
    few = [measure_scene(still(CAMERA, 12, seed), KEY, moving=False)[0] for seed in range(2, 8)]
    away = [(each.gain.value - CAMERA.gain_adu_per_e) / (each.gain.error or 0) for each in few]
    assert 0.3 < np.sqrt(np.mean(np.square(away))) < 2.5
    many, _ = measure_scene(still(CAMERA, 100, seed=4), KEY, moving=False)
    assert (many.gain.error or 1) < 0.6 * np.mean([each.gain.error or 0 for each in few])


def test_too_little_leaves_offset_and_read_noise_open_but_not_the_noise() -> None:
    dim = [frame[:96, :96] for frame in still(CAMERA, 12, seed=4, peak=300.0)]
    found, _ = measure_scene(dim, KEY, moving=True)
    assert not found.separated
    variance_is_right(found, CAMERA, 0.3)


def test_hot_pixels_are_found_in_dark_frames_and_left_out() -> None:
    camera = replace(CAMERA, hot_pixel_fraction=0.02)
    found, maps = measure_dark_and_light(dark(camera, 40), series(camera, 15), KEY)
    assert maps.hot is not None
    planted = camera.hot_pixels((SIDE, SIDE))
    seen = np.flatnonzero(maps.hot)
    assert len(np.intersect1d(planted, seen)) > 0.85 * len(planted)
    assert len(np.setdiff1d(seen, planted)) < 0.001 * SIDE * SIDE
    assert found.hot_pixels == len(seen)
    assert found.offset.value == pytest.approx(100.0, abs=0.2)


def test_maps_show_each_pixel() -> None:
    rng = np.random.default_rng(3)
    offset = rng.normal(100, 4, (SIDE, SIDE))
    read = rng.uniform(2, 6, (SIDE, SIDE))
    gain = rng.normal(2.0, 0.3, (SIDE, SIDE))

    def expose(electrons: float) -> np.ndarray:
        light = gain * rng.poisson(electrons, (SIDE, SIDE))
        return np.rint(offset + light + rng.normal(0, read)).astype(np.uint16)

    levels = [[expose(at) for _ in range(40)] for at in (50, 200, 800)]
    found, maps = measure_dark_and_light([expose(0) for _ in range(100)], levels, KEY)
    assert maps.offset is not None
    assert maps.read_variance is not None
    assert maps.gain is not None
    assert np.std(maps.offset - offset) < 0.7
    assert np.corrcoef(maps.read_variance.ravel(), np.square(read).ravel())[0, 1] > 0.8
    assert found.gain_map_error is not None
    assert np.std(maps.gain / gain - 1) == pytest.approx(found.gain_map_error, rel=0.3)
    assert found.gain.value == pytest.approx(2.0, rel=0.03)


def test_a_short_series_has_no_gain_map() -> None:
    _, maps = measure_dark_and_light(dark(CAMERA, 12), series(CAMERA, 12)[:1], KEY)
    assert maps.gain is None
    assert maps.offset is not None


def test_noise_that_neighbours_or_rows_share_is_said() -> None:
    frames = np.stack(still(CAMERA, 24)).astype(np.float32)
    blurred = (frames + np.roll(frames, 1, axis=2)) / 2
    assert "neighbouring" in measure_scene(blurred, KEY, moving=False)[0].warnings[0]
    striped = frames + 6 * np.random.default_rng(0).standard_normal((24, SIDE, 1))
    found, _ = measure_scene(striped.astype(np.float32), KEY, moving=False)
    assert found.row_share > 0.1 > found.column_share
    assert any("rows" in warning for warning in found.warnings)


def test_noise_that_is_not_of_photons_contradicts_a_camera() -> None:
    """It grows with the light as that of photons does, but is as often above as below."""
    light, rng = 2 * photons(4), np.random.default_rng(4)
    spread = np.sqrt(2 * light)
    frames = [(100 + light + rng.normal(0, spread)).astype(np.float32) for _ in range(100)]
    found, _ = measure_scene(frames, KEY, moving=False)
    assert any("third cumulant" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([np.zeros((64, 64), np.uint16)] * 5, "at least 12"),
        ([np.full((64, 64), 7, np.uint16)] * 12, "shows no noise"),
        ([np.zeros((64, 64), np.uint16)] * 6 + [np.zeros((64, 32), np.uint16)] * 6, "frame 6"),
    ],
)
def test_frames_that_say_nothing_are_refused(frames: list[np.ndarray], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        measure_scene(frames, KEY, moving=False)


def test_an_even_field_tells_no_gain_without_dark_frames() -> None:
    rng = np.random.default_rng(1)
    even = [CAMERA.expose(np.full((SIDE, SIDE), 40, np.float32), rng) for _ in range(40)]
    with pytest.raises(ConfigError, match="--dark"):
        measure_scene(even, KEY, moving=False)
    found, _ = measure_dark_and_light(dark(CAMERA, 20), [even], KEY)
    assert found.gain.value == pytest.approx(CAMERA.gain_adu_per_e, rel=0.02)


def test_dark_and_light_must_be_of_one_size() -> None:
    with pytest.raises(ConfigError, match="same region"):
        measure_dark_and_light([frame[:64] for frame in dark(CAMERA, 12)], series(CAMERA, 12), KEY)
    with pytest.raises(ConfigError, match="with less light as well"):
        measure_dark_and_light(dark(CAMERA, 12), [], KEY)


def test_of_a_long_run_so_many_frames_are_kept_in_memory_evenly_and_successive() -> None:
    frames = np.random.default_rng(1).poisson(50, (4 * MOST_FRAMES, 8, 8)).astype(np.uint16)
    first, second = gather(frames, 10, Known(np.ones((8, 8), np.bool_)))
    assert first.level.size == second.level.size == MOST_FRAMES // 20
    assert [*evenly(range(30), 3)] == [*range(30)]  # type: ignore[arg-type]
    kept = np.array([*evenly(range(4 * MOST_FRAMES), 10)])  # type: ignore[arg-type]
    pairs = kept.reshape(-1, 20)
    assert np.all(np.diff(pairs) == 1)
    assert np.all(np.diff(pairs[:, 0]) == 80)


@pytest.mark.parametrize("blind", [False, True])
def test_photon_counts_have_a_gain_of_one(recorded_data: Path, *, blind: bool) -> None:
    frames = tifffile.imread(recorded_data / "nandb_fkbp" / "well1_cell1_before.tif")
    found, _ = measure_scene(frames, KEY, moving=blind)
    assert found.gain.value == pytest.approx(1.0, abs=0.02)
    assert found.offset.value == pytest.approx(0.0, abs=0.1)
    assert found.read_noise.value < 0.25


@pytest.mark.parametrize("blind", [False, True])
def test_a_recorded_calcium_movie(recorded_data: Path, *, blind: bool) -> None:
    frames = tifffile.imread(recorded_data / "timelapse" / "fura2_pc12_340.tif")
    found, _ = measure_scene(frames, KEY, moving=blind)
    assert found.gain.value == pytest.approx(8.4, rel=0.10)
    assert found.noise_free_level.value == pytest.approx(300.0, rel=0.10)
