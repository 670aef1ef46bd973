"""The worst place of a frame: erased, invented, or only hot."""

import numpy as np
import pytest
from guard_stage import NOISE, Scene, flat

from livecare.frame import Pixels
from livecare.guards.places import worst_places
from livecare.guards.survey import survey
from livecare.guards.thresholds import thresholds
from livecare.models.normalise import CameraNoise


def found(raw: Pixels, restored: Pixels, noise: CameraNoise = NOISE) -> tuple[float, float]:
    return worst_places(survey(raw, restored, noise))


@pytest.mark.parametrize("side", [64, 256, 1024])
@pytest.mark.parametrize("photons", [0.2, 20.0])
def test_noise_alone_is_no_structure_in_frames_of_any_size(side: int, photons: float) -> None:
    scene = flat(photons, side)
    for seed in range(3):
        erased, invented = found(scene.raw(seed), scene.restored())
        assert erased < thresholds()["erased"]
        assert invented < thresholds()["invented"]


@pytest.mark.parametrize("place", [(100.0, 120.0), (101.5, 122.5), (8.0, 250.0)])
def test_one_spot_too_few_or_too_many_is_found_wherever_it_is(place: tuple[float, float]) -> None:
    without = Scene.draw("nuclei", 30.0)
    spotted = without.with_spot(300.0, *place)
    erased, invented = found(spotted.raw(), without.restored())
    assert erased > 2 * thresholds()["erased"]
    assert invented < thresholds()["invented"]
    erased, invented = found(without.raw(), spotted.restored())
    assert erased < thresholds()["erased"]
    assert invented > 1.3 * thresholds()["invented"]


def test_hot_pixels_are_no_structure_even_two_side_by_side() -> None:
    scene = flat()
    raw = scene.raw()
    raw[40:200:24, 40:200:24] += 400
    raw[41:201:48, 40:200:24] += 300
    erased, _ = found(raw, scene.restored())
    assert erased < thresholds()["erased"]


def test_a_few_per_cent_of_brightness_are_no_structure() -> None:
    scene = flat(2000.0)
    restored = np.asarray((scene.restored() - 100) * np.float32(1.02) + 100, np.float32)
    erased, invented = found(scene.raw(), restored)
    assert max(erased, invented) < thresholds()["erased"]


def test_whole_areas_may_be_rounded_the_same_way() -> None:
    scene = flat(0.4)
    counter = type(NOISE)(1.0)
    raw = np.random.default_rng(0).poisson(scene.photons).astype(np.uint8)
    rounded = np.zeros_like(raw)
    erased, _ = found(raw, rounded, counter)
    assert erased < found(raw, rounded.astype(np.float32), counter)[0]
