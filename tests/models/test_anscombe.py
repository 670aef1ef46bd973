import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.errors import ConfigError
from livecare.models.anscombe import (
    CameraNoise,
    expected_photons,
    expected_transform,
    transform_electrons,
)


@pytest.mark.parametrize("read_noise", [0.0, 0.3, 1.6, 4.0])
@pytest.mark.parametrize("photons", [0.1, 1.0, 5.0, 30.0, 99.0, 101.0, 300.0])
def test_the_mean_of_transformed_counts_leads_back_to_the_photons(
    photons: float, read_noise: float
) -> None:
    rng = np.random.default_rng(7)
    electrons = rng.poisson(photons, 1_000_000) + read_noise * rng.standard_normal(1_000_000)
    mean = transform_electrons(electrons.astype(np.float32), read_noise).mean(dtype=np.float64)
    found = float(expected_photons(np.array([mean], np.float32), read_noise)[0])
    noise_of_the_mean = np.sqrt(photons + read_noise**2) / 1000
    assert found == pytest.approx(photons, abs=4 * noise_of_the_mean + 1e-3)


@pytest.mark.parametrize("read_noise", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("photons", [6.0, 30.0, 500.0])
def test_noise_has_unit_variance_whatever_the_light(photons: float, read_noise: float) -> None:
    rng = np.random.default_rng(8)
    electrons = rng.poisson(photons, 200_000) + read_noise * rng.standard_normal(200_000)
    values = transform_electrons(electrons.astype(np.float32), read_noise)
    assert values.var() == pytest.approx(1.0, abs=0.05)


@given(st.floats(0, 1e5), st.sampled_from([0.0, 0.5, 2.0, 10.0]))
def test_the_inverse_is_exact(photons: float, read_noise: float) -> None:
    values = expected_transform(np.array([photons], np.float32), read_noise)
    found = float(expected_photons(values, read_noise)[0])
    assert found == pytest.approx(photons, rel=1e-4, abs=1e-3)


def test_values_below_darkness_go_on_below_zero_photons() -> None:
    dark = expected_transform(np.zeros(1, np.float32), 1.0)
    below, above = expected_photons(dark - 0.01, 1.0), expected_photons(dark + 0.01, 1.0)
    assert below[0] < 0 < above[0]
    assert below[0] == pytest.approx(-above[0], rel=0.1)


def test_electrons_far_below_zero_stay_finite() -> None:
    assert transform_electrons(np.array([-1000.0], np.float32), 1.0)[0] == 0


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"gain_adu_per_e": 0.0}, "gain"),
        ({"gain_adu_per_e": float("nan")}, "gain"),
        ({"gain_adu_per_e": 1.0, "offset_adu": float("inf")}, "offset"),
        ({"gain_adu_per_e": 1.0, "read_noise_e": -1.0}, "read noise"),
    ],
)
def test_impossible_cameras_are_refused_by_name(values: dict[str, float], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        CameraNoise(**values)
