"""Specimens, known by name and random."""

import dataclasses

import numpy as np
import pytest

from livecare.errors import ConfigError
from livecare.simulation import (
    SPECIMENS,
    Optics,
    Specimen,
    SpecimenSettings,
    random_field,
    random_movie,
    random_optics,
    specimen_by_name,
)
from livecare.simulation.motion import Wander
from livecare.simulation.specimen import PEAK_PERCENTILE

SIZE = (128, 160)


def make(name: str, seed: int = 0) -> Specimen:
    return Specimen(SPECIMENS[name], Optics(), SIZE, np.random.default_rng(seed))


@pytest.mark.parametrize("name", SPECIMENS)
class TestEverySpecimen:
    def test_is_light_with_its_peak_at_one(self, name: str) -> None:
        light = make(name).render(0.0)
        assert light.shape == SIZE
        assert light.dtype == np.float32
        assert light.min() > 0
        background = SPECIMENS[name].background
        peak = np.percentile(light, PEAK_PERCENTILE)
        assert peak == pytest.approx(1 + background, abs=background)

    def test_does_not_depend_on_what_was_rendered_before(self, name: str) -> None:
        specimen = make(name)
        for time in (3.0, 9.0):
            specimen.render(time)
        np.testing.assert_array_equal(specimen.render(5.0), make(name).render(5.0))

    def test_moves_a_little_from_frame_to_frame_and_more_over_many(self, name: str) -> None:
        specimen = make(name)
        start = specimen.render(0.0)
        near, far = (float(np.abs(specimen.render(t) - start).mean()) for t in (1.0, 60.0))
        assert 0 < near < 0.7 * far

    def test_has_no_seam(self, name: str) -> None:
        light = make(name).render(2.0)
        steps = np.abs(np.diff(light, axis=0)).max()
        assert np.abs(light[0] - light[-1]).max() <= 1.5 * steps

    def test_differs_between_seeds(self, name: str) -> None:
        assert not np.array_equal(make(name, 1).render(0.0), make(name, 2).render(0.0))


def test_out_of_focus_planes_are_blurred_and_keep_their_light() -> None:
    specimen = make("cytoskeleton")
    sharp, blurred = specimen.render(0.0), specimen.render(0.0, defocus_px=4.0)
    assert blurred.std() < 0.8 * sharp.std()
    assert blurred.mean() == pytest.approx(sharp.mean(), rel=0.05)


def test_haze_is_light_between_the_structures() -> None:
    between = []
    for haze in (0.0, 0.5):
        settings = dataclasses.replace(SPECIMENS["cytoskeleton"], haze=haze, unevenness=0.0)
        light = Specimen(settings, Optics(), SIZE, np.random.default_rng(0)).render(0.0)
        between.append(float(np.median(light)) - settings.background)
    assert between[1] > 5 * between[0] > 0


def test_a_specimen_without_components_is_refused() -> None:
    with pytest.raises(ConfigError, match="no component"):
        SpecimenSettings()


def test_an_unknown_specimen_names_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"'slime' is unknown.*cytoskeleton"):
        specimen_by_name("slime")


def test_wandering_starts_at_zero_and_goes_at_about_its_speed() -> None:
    wander = Wander.draw(2000, 0.5, np.random.default_rng(0))
    assert np.abs(wander.offset_yx(0.0)).max() == 0
    step = np.hypot(*(wander.offset_yx(31.0) - wander.offset_yx(30.0)).T)
    assert 0.2 < np.median(step) < 1.0


@pytest.mark.parametrize("size_yx", [(32, 32), (64, 97), (256, 256)])
def test_random_fields_are_light_up_to_one(size_yx: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    for _ in range(12):
        field = random_field(size_yx, rng)
        assert field.shape == size_yx
        assert field.dtype == np.float32
        assert field.min() > 0
        assert field.max() == 1


def test_random_fields_are_diverse() -> None:
    fields = [random_field((64, 64), np.random.default_rng(seed)) for seed in range(40)]
    means, contrasts = [f.mean() for f in fields], [f.std() for f in fields]
    assert min(means) < 0.12
    assert max(means) > 0.4
    assert max(contrasts) > 4 * min(contrasts)


def test_a_random_field_follows_from_the_generators_state() -> None:
    first, again = (random_field((64, 64), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_a_random_movie_moves_under_one_scale() -> None:
    movie = random_movie((64, 64), 4, np.random.default_rng(5))
    assert movie.shape == (4, 64, 64)
    assert movie.max() == 1
    assert not np.array_equal(movie[0], movie[3])


def test_random_optics_stay_within_their_range() -> None:
    rng = np.random.default_rng(0)
    widths = [random_optics(rng).sigma_px for _ in range(100)]
    assert 0.6 <= min(widths) < 0.9
    assert 2.0 < max(widths) <= 3.0
