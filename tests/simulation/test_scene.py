"""Simulated acquisitions: any frame, and its truth, from the settings and an index."""

import json
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from livecare.errors import ConfigError
from livecare.frame import Position
from livecare.simulation import (
    SPECIMENS,
    Camera,
    FrameBank,
    Optics,
    SceneSettings,
    SimulatedScene,
)
from livecare.simulation.scene import roll_into

SMALL = SceneSettings(
    size_yx=(48, 64),
    seed=11,
    bank_frames=5,
    bleach_half_life=20.0,
    camera=Camera(hot_pixel_fraction=0.01),
)

RENDER_ELSEWHERE = """
import json, sys, zlib
from livecare.simulation import SimulatedScene
scene = SimulatedScene.from_settings(json.load(sys.stdin))
print(zlib.crc32(scene.frame(17)), zlib.crc32(scene.truth(17)))
"""


def test_another_process_renders_the_same_bits_from_the_stored_settings() -> None:
    stored = json.dumps(SMALL.to_document())
    there = subprocess.run(
        [sys.executable, "-c", RENDER_ELSEWHERE],
        input=stored,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    scene = SimulatedScene(SMALL)
    assert there == [str(zlib.crc32(scene.frame(17))), str(zlib.crc32(scene.truth(17)))]


def test_settings_survive_json() -> None:
    settings = SceneSettings(
        size_yx=(20, 30),
        specimens=(SPECIMENS["tissue"], SPECIMENS["nuclei"]),
        channels=2,
        optics=Optics(model="gaussian"),
        camera=Camera(dtype="uint8", bit_depth=8),
    )
    again = SimulatedScene.from_settings(json.loads(json.dumps(settings.to_document())))
    assert again.settings == settings


def test_an_unknown_key_in_stored_settings_is_refused() -> None:
    document = SMALL.to_document()
    document["camera"]["gian"] = 2
    with pytest.raises(ConfigError, match="'gian'"):
        SimulatedScene.from_settings(document)


@pytest.mark.parametrize("bank_frames", [0, 5])
def test_every_frame_is_unique_and_does_not_depend_on_the_order(bank_frames: int) -> None:
    settings = SceneSettings(size_yx=(48, 64), seed=2, bank_frames=bank_frames)
    scene = SimulatedScene(settings)
    forwards = [scene.frame(index).tobytes() for index in range(13)]
    fresh = SimulatedScene(settings)
    backwards = [fresh.frame(index).tobytes() for index in reversed(range(13))]
    assert forwards == backwards[::-1]
    assert len(set(forwards)) == 13


def test_the_bank_holds_the_scenes_frames_bit_by_bit() -> None:
    scene = SimulatedScene(SMALL)
    bank = FrameBank(scene)
    pixels = np.empty(SMALL.size_yx, np.uint16)
    for index in (0, 4, 5, 23, 1007):
        bank.copy_into(index, pixels)
        np.testing.assert_array_equal(pixels, scene.frame(index))


def test_a_scene_that_never_repeats_has_no_bank() -> None:
    with pytest.raises(ConfigError, match="bank_frames"):
        FrameBank(SimulatedScene(SceneSettings(size_yx=(32, 32))))


def test_a_frame_scatters_about_its_truth_as_the_camera_says() -> None:
    settings = SceneSettings(size_yx=(128, 128), photons=30, bank_frames=3)
    scene = SimulatedScene(settings)
    for index in (1, 8):  # before and after the stage has moved
        truth = scene.truth(index)
        residual = scene.frame(index) - truth
        variance = 2.0 * (truth - 100) + (2.0 * 1.6) ** 2 + 1 / 12
        assert np.mean(residual / np.sqrt(variance)) == pytest.approx(0, abs=5 / 128)
        assert np.var(residual / np.sqrt(variance)) == pytest.approx(1, abs=0.06)


def test_truth_is_the_expected_photons_in_camera_units() -> None:
    scene = SimulatedScene(SMALL)
    expected = scene.expected_photons(7)
    np.testing.assert_allclose(scene.truth(7), 100 + 2 * expected, rtol=1e-6)


def test_the_stage_moves_after_each_cycle_and_bleaching_begins_anew() -> None:
    scene = SimulatedScene(SMALL)
    first, last, fresh = (scene.expected_photons(index) for index in (0, 4, 5))
    assert last.mean() == pytest.approx(first.mean() * 0.5 ** (4 / 20), rel=0.05)
    assert fresh.mean() == pytest.approx(first.mean(), rel=1e-5)
    assert not np.array_equal(fresh, first)
    np.testing.assert_array_equal(np.sort(fresh, axis=None), np.sort(first, axis=None))


def test_hot_pixels_stay_on_the_sensor_when_the_stage_moves() -> None:
    camera = Camera(hot_pixel_fraction=0.005, hot_pixel_e=1000)
    scene = SimulatedScene(SceneSettings(size_yx=(64, 64), bank_frames=2, camera=camera))
    frames = np.stack([scene.frame(index) for index in range(0, 12, 2)]).reshape(6, -1)
    brightest = set(np.argsort(np.median(frames, axis=0))[-10:].tolist())
    assert brightest <= set(camera.hot_pixels((64, 64)).tolist())


def test_photons_scale_the_bright_structures() -> None:
    scene = SimulatedScene(SceneSettings(size_yx=(128, 128), photons=80))
    assert np.percentile(scene.expected_photons(0), 99.9) == pytest.approx(80, rel=0.06)


def test_frames_run_through_planes_then_channels_then_positions_then_time() -> None:
    settings = SceneSettings(size_yx=(32, 32), channels=2, size_z=2, positions=2, bank_frames=9)
    assert [settings.position(index) for index in (0, 1, 2, 4, 8)] == [
        Position(t=0),
        Position(t=0, z=1),
        Position(t=0, c=1),
        Position(t=0, p=1),
        Position(t=1),
    ]
    assert len({settings.position(index) for index in range(64)}) == 64
    assert settings.cycle_frames == 16  # whole time points


def test_channels_and_positions_show_different_specimens_and_planes_differ_in_focus() -> None:
    settings = SceneSettings(size_yx=(64, 64), channels=2, size_z=3, positions=2)
    scene = SimulatedScene(settings)
    light = [scene.expected_photons(index) for index in range(12)]
    assert len({field.tobytes() for field in light}) == 8  # planes 0 and 2 are equally blurred
    assert light[1].std() > light[0].std()


@given(array_shapes(min_dims=2, max_dims=2, max_side=9), st.data())
def test_rolling_into_an_array_is_numpys_roll(shape: tuple[int, int], draw: st.DataObject) -> None:
    offset = tuple(draw.draw(st.integers(0, side - 1)) for side in shape)
    field = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    out = np.full_like(field, 65535)
    roll_into(field, offset, out)
    np.testing.assert_array_equal(out, np.roll(field, offset, axis=(0, 1)))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"size_yx": (8, 64)}, "size_yx"),
        ({"channels": 0}, "channels"),
        ({"photons": -1}, "photons"),
        ({"bleach_half_life": 0}, "bleach_half_life"),
        ({"specimens": ()}, "specimens"),
    ],
)
def test_impossible_scenes_are_refused(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        SceneSettings(**wrong)
