"""What is expected of a model's frames, and how a package says it."""

from typing import Any

import numpy as np
import pytest

from livecare.errors import ModelError
from livecare.guards import Expectation, TrustStatistics
from livecare.guards.features import FEATURES
from livecare.models import load_bundled

TRUST = TrustStatistics(
    features=("a", "b"),
    centre=(1.0, 2.0),
    whitening=((2.0, 0.0), (0.0, 1.0)),
    distance=1.5,
    pixel_size_um=(0.1, 0.2),
    exposure_ms=(10.0, 50.0),
    binning=1,
)


def test_statistics_come_back_from_a_package_as_they_were_written() -> None:
    assert TrustStatistics.read(TRUST.to_document()) == TRUST
    assert TrustStatistics.read({}) == TrustStatistics()
    assert TrustStatistics().to_document() == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("centre", [1.0]),
        ("whitening", [[1.0], [2.0]]),
        ("distance", "far"),
        ("pixel_size_um", [0.2, 0.1]),
        ("pixel_size_um", [0.1, 0.2, 0.3]),
        ("binning", "two"),
    ],
)
def test_damaged_statistics_are_refused_with_the_key(key: str, value: object) -> None:
    with pytest.raises(ModelError, match=r"there\.yaml: trust"):
        TrustStatistics.read(TRUST.to_document() | {key: value}, "there.yaml: trust")


def test_the_distance_is_measured_in_the_training_s_own_spread() -> None:
    assert TRUST.distance_of(np.array([1.0, 2.0])) == 0
    assert TRUST.distance_of(np.array([2.0, 2.0])) == pytest.approx(2 / 2**0.5)


@pytest.mark.parametrize(
    ("told", "factor"),
    [
        ({}, None),
        ({"pixel_size_um": 0.15}, 1.0),
        ({"pixel_size_um": 0.4}, 2.0),
        ({"pixel_size_um": 0.05}, 2.0),
        ({"pixel_size_um": 0.15, "exposure_ms": 2.5}, 4.0),
        ({"binning": 2}, 2.0),
    ],
)
def test_settings_outside_the_training_are_told_by_a_factor(
    told: dict[str, Any], factor: float | None
) -> None:
    assert Expectation(trust=TRUST, **told).mismatch() == (
        None if factor is None else pytest.approx(factor)
    )


def test_a_model_that_is_for_any_pixel_size_mismatches_none() -> None:
    assert Expectation(trust=TrustStatistics(), pixel_size_um=3.0).mismatch() is None
    assert Expectation(pixel_size_um=3.0).mismatch() is None


@pytest.mark.parametrize("name", ["default-fast"])
def test_bundled_models_say_what_their_training_was_like(name: str) -> None:
    trust = TrustStatistics.read(load_bundled(name).trust, name)
    assert trust.features == FEATURES
    assert 1 < trust.distance < 3
