"""All guards together, on restorations that are perfect but for one thing."""

from dataclasses import replace

import numpy as np
import pytest
from guard_stage import CAMERA, NOISE, UNITS, Scene, flat
from numpy.typing import NDArray

from livecare.engines import make_engine
from livecare.errors import ConfigError
from livecare.frame import GuardReading, Pixels
from livecare.guards import Expectation, Guards
from livecare.guards.learning import LEAST_FRAMES, frame_statistics, learn
from livecare.models import load_bundled
from livecare.models.normalise import IntensityWindow, NoiseUnits, Normalisation

WINDOW = IntensityWindow(100.0, 400.0)


def alarms(readings: dict[str, GuardReading]) -> set[str]:
    return {name for name, reading in readings.items() if reading.alarm}


def last_alarms(
    pairs: list[tuple[Pixels, Pixels]],
    normalisation: Normalisation = UNITS,
    expectation: Expectation | None = None,
) -> set[str]:
    guards = Guards(expectation or Expectation())
    for raw, restored in pairs:
        readings = guards.examine(raw, restored, normalisation)
    return alarms(readings)


def test_a_perfect_restoration_alarms_nobody() -> None:
    scene, guards = Scene.draw(), Guards(Expectation())
    for seed in range(12):
        readings = guards.examine(scene.raw(seed), scene.restored(), UNITS)
        assert not alarms(readings), readings
    assert len(readings) >= 13


def test_sparing_guards_look_at_two_frames_in_succession() -> None:
    scene, guards = flat(side=64), Guards(Expectation(), out_of=5)
    looked = [bool(guards.examine(scene.raw(i), scene.restored(), UNITS)) for i in range(10)]
    assert looked == 2 * [True, True, False, False, False]


def test_frames_are_left_as_they_are() -> None:
    scene = Scene.draw()
    raw, restored = scene.raw(), scene.restored().astype(np.uint16)
    kept = raw.copy(), restored.copy()
    Guards(Expectation()).examine(raw, restored, UNITS)
    assert np.array_equal(raw, kept[0])
    assert np.array_equal(restored, kept[1])


def test_wrong_camera_values_are_told() -> None:
    scene = Scene.draw()
    wrong = NoiseUnits(replace(NOISE, gain_adu_per_e=3.0))
    assert "noise" in last_alarms([(scene.raw(), scene.restored())], wrong)


def test_a_checkerboard_is_told() -> None:
    scene = Scene.draw()
    board = np.indices(scene.photons.shape).sum(axis=0) % 2 * 2 - 1
    restored = (scene.restored() + 2.0 * board).astype(np.float32)
    assert "checkerboard" in last_alarms([(scene.raw(), restored)])


def test_brightness_that_is_lost_is_told() -> None:
    scene = Scene.draw()
    restored = np.asarray(0.8 * (scene.restored() - 100) + 100, np.float32)
    assert "intensity" in last_alarms([(scene.raw(), restored)])


def test_an_empty_field_is_told() -> None:
    assert "empty" in last_alarms([(flat().raw(i), flat().restored()) for i in range(6)])


def test_saturation_is_told_at_full_scale_and_at_the_camera_s_own() -> None:
    scene = Scene.draw(photons=4000.0)
    camera = replace(CAMERA, bit_depth=12)
    raw = scene.raw(camera=camera)
    assert "saturated" in last_alarms([(raw, scene.restored())])
    odd = np.minimum(raw, 4001)
    assert "saturated" not in last_alarms([(odd, scene.restored())])
    told = Expectation(saturation_adu=4001.0)
    assert "saturated" in last_alarms([(odd, scene.restored())], expectation=told)


@pytest.mark.parametrize("bits", [10, 11, 12, 14, 16])
def test_saturation_of_counts_that_are_shifted_up_to_16_bits_is_told(bits: int) -> None:
    raw = np.full((64, 64), 100 << 16 - bits, np.uint16)
    raw[:32] = (2**bits - 1) << 16 - bits
    readings = Guards(Expectation()).examine(raw, raw, UNITS)
    assert readings["saturated"].value == 0.5


def test_normalisations_without_camera_values_are_judged_by_those_that_are_given() -> None:
    scene = Scene.draw()
    pair = (scene.raw(), scene.restored())
    assert Guards(Expectation()).examine(*pair, WINDOW).keys() == {"saturated"}
    told = Guards(Expectation(camera=NOISE)).examine(*pair, WINDOW)
    assert "erased" in told
    assert not alarms(told)


@pytest.mark.parametrize("shape", [(1, 1), (63, 400), (64, 64), (65, 131), (200, 70)])
def test_frames_of_any_size_are_taken(shape: tuple[int, int]) -> None:
    raw = np.random.default_rng(0).poisson(20.0, shape).astype(np.uint16) * 2 + 100
    restored = np.full(shape, 140, np.uint16)
    readings = Guards(Expectation()).examine(raw, restored, UNITS)
    assert ("erased" in readings) == (min(shape) >= 64)


def test_values_that_are_no_numbers_give_no_reading_and_no_error() -> None:
    scene = flat(side=128)
    raw = scene.raw().astype(np.float32)
    raw[3, 3] = np.nan
    guards = Guards(Expectation())
    assert "erased" not in guards.examine(raw, scene.restored(), UNITS)
    dark = np.zeros((128, 128), np.uint16)
    assert all(np.isfinite(each.value) for each in guards.examine(dark, dark, UNITS).values())


def test_frames_unlike_the_training_are_told() -> None:
    def rows(names: list[str], seeds: range) -> list[NDArray[np.float64]]:
        scenes = [Scene.draw(name, 40.0, 128, seed) for name in names for seed in seeds]
        return [frame_statistics(each.raw(), each.restored(), NOISE) for each in scenes]

    trust = learn(rows(["nuclei"], range(LEAST_FRAMES)))
    inside = [
        trust.distance_of(each) / trust.distance for each in rows(["nuclei"], range(900, 910))
    ]
    outside = [
        trust.distance_of(each) / trust.distance for each in rows(["cytoskeleton"], range(9))
    ]
    assert np.median(inside) < 1 < min(outside)
    with pytest.raises(ConfigError, match="give 64 or more"):
        learn(rows(["nuclei"], range(3)))


def test_the_bundled_model_is_believed_with_the_right_camera_and_not_when_it_misses_a_spot() -> (
    None
):
    engine = make_engine("onnxruntime")
    engine.load(load_bundled("default-fast"), 1)
    scene = Scene.draw("mixed", 30.0)
    guards, missing = Guards(Expectation()), Guards(Expectation())
    for seed in range(10):
        raw = scene.raw(seed)
        restored = np.empty_like(raw)
        engine.infer(raw[None], restored[None], [UNITS])
        assert not alarms(guards.examine(raw, restored, UNITS))
        spot = scene.with_spot(250.0, 60.0, 200.0).photons - scene.photons
        more = raw + 2 * np.random.default_rng(seed).poisson(spot).astype(np.uint16)
        assert alarms(missing.examine(more, restored, UNITS)) == {"erased"}
    engine.close()
