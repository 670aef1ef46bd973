"""What a source does before and after its network, in livecare's words."""

import numpy as np
import pytest

from livecare.errors import ModelError
from livecare.importers.processing import (
    Affine,
    Clip,
    Sigmoid,
    Standardise,
    Stretch,
    apply_steps,
    parse_steps,
)
from livecare.importers.windows import convert

FRAME = np.random.default_rng(2).gamma(2.0, 50.0, (1, 1, 64, 64)).astype(np.float32)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({"id": "ensure_dtype", "kwargs": {"dtype": "float32"}}, []),
        ({"name": "sigmoid"}, [Sigmoid()]),
        ({"id": "clip", "kwargs": {"min": 0, "max": 1}}, [Clip(0.0, 1.0)]),
        ({"name": "scale_linear", "kwargs": {"gain": 2, "offset": [3]}}, [Affine(2.0, 3.0)]),
        (
            {"id": "fixed_zero_mean_unit_variance", "kwargs": {"mean": [8], "std": 2, "eps": 0}},
            [Affine(0.5, -4.0)],
        ),
        (
            {"name": "zero_mean_unit_variance", "kwargs": {"mode": "fixed", "mean": 8, "std": 2}},
            [Affine(1 / 2.000001, -8 / 2.000001)],
        ),
        (
            {"name": "scale_range", "kwargs": {"axes": "yx", "max_percentile": 99}},
            [Stretch(0.0, 99.0)],
        ),
        (
            {"id": "zero_mean_unit_variance", "kwargs": {"axes": ["channel", "y", "x"]}},
            [Standardise()],
        ),
    ],
)
def test_steps_of_both_versions(listed: dict[str, object], expected: list[object]) -> None:
    assert parse_steps([listed], "yx") == expected


@pytest.mark.parametrize(
    "listed",
    [
        {"name": "scale_range", "kwargs": {"axes": "x"}},
        {"name": "scale_range", "kwargs": {"reference_tensor": "raw"}},
        {"name": "zero_mean_unit_variance", "kwargs": {"mode": "per_dataset"}},
        {"name": "scale_linear", "kwargs": {"gain": [1, 2]}},
        {"name": "scale_linear", "kwargs": {"gain": "a"}},
        {"name": "fixed_zero_mean_unit_variance", "kwargs": {}},
        {"name": "binarize", "kwargs": {"threshold": 0.5}},
    ],
)
def test_steps_that_no_window_can_say(listed: dict[str, object]) -> None:
    with pytest.raises(ModelError, match=str(listed["name"]) + "|processing step"):
        parse_steps([listed], "yx")


def test_the_steps_themselves() -> None:
    values = np.array([-1.0, 0.0, 3.0], np.float32)
    np.testing.assert_allclose(Affine(2, 1).apply(values), [-1, 1, 7])
    np.testing.assert_allclose(Sigmoid().apply(values), 1 / (1 + np.exp(-values)), rtol=1e-6)
    np.testing.assert_allclose(Clip(-0.5, 1).apply(values), [-0.5, 0, 1])
    standard = Standardise().apply(FRAME)
    assert (standard.mean(), standard.std()) == pytest.approx((0, 1), abs=1e-4)
    stretched = Stretch(10, 90).apply(FRAME)
    assert np.percentile(stretched, (10, 90)) == pytest.approx((0, 1), abs=1e-4)


def test_fixed_numbers_become_a_window() -> None:
    found = convert([Affine(0.5, -4.0)], [], FRAME)
    assert found.window == pytest.approx((8.0, 10.0))
    assert found.behind == []


def test_a_source_that_returns_to_counts_itself() -> None:
    found = convert([Affine(0.5, -4.0)], [Affine(2.0, 8.0)], FRAME)
    assert found.window == pytest.approx((8.0, 10.0))
    assert found.behind == []  # livecare's own way back does it
    found = convert([Affine(0.5, -4.0)], [Affine(4.0, 0.0)], FRAME)
    network = np.array([0.25, 2.0], np.float32)
    assert found.window is not None
    low, high = found.window
    counts = apply_steps(found.behind, network) * (high - low) + low
    np.testing.assert_allclose(counts, network * 4.0, rtol=1e-5)


def test_no_normalisation_leaves_counts_as_they_are() -> None:
    found = convert([], [], FRAME)
    assert found.window == (0.0, 1.0)


def test_percentiles_stay_percentiles() -> None:
    found = convert([Stretch(1.0, 99.0)], [Sigmoid()], FRAME)
    assert (found.normalisation, found.window) == (("fixed", 1.0, 99.0), None)
    assert list(found.behind) == [Sigmoid()]


def test_mean_and_deviation_become_the_test_inputs_percentiles() -> None:
    found = convert([Standardise()], [], FRAME)
    _, low, high = found.normalisation
    ends = np.percentile(FRAME, (low, high))
    assert ends == pytest.approx((FRAME.mean(), FRAME.mean() + FRAME.std()), rel=1e-4)
    assert "percentiles" in found.note


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([Affine(-1.0, 0.0)], []),
        ([Stretch(0, 100), Affine(2, 0)], []),
        ([Stretch(0, 100)], [Affine(2, 0)]),
        ([Sigmoid()], []),
    ],
)
def test_what_is_more_than_a_window(before: list[object], after: list[object]) -> None:
    with pytest.raises(ModelError):
        convert(before, after, FRAME)


def test_a_flat_test_input_shows_no_percentiles() -> None:
    with pytest.raises(ModelError, match="is flat"):
        convert([Standardise()], [], np.ones((1, 1, 8, 8), np.float32))
