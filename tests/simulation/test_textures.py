"""Light fields of no specimen in particular."""

from collections.abc import Callable

import numpy as np
import pytest

from livecare.simulation.textures import (
    blurred,
    dead_leaves,
    fibres,
    mats,
    random_texture,
    scale_free,
)

KINDS = (dead_leaves, fibres, scale_free, mats)
SHAPE = (72, 90)

Draw = Callable[[tuple[int, int], np.random.Generator], np.ndarray]


@pytest.mark.parametrize("seed", range(12))
def test_a_texture_is_light_between_0_and_1(seed: int) -> None:
    field = random_texture(SHAPE, np.random.default_rng(seed))
    assert (field.shape, field.dtype) == (SHAPE, np.float32)
    assert field.min() >= 0
    assert field.max() == pytest.approx(1.0)
    assert field.std() > 0.01, "there is something on it"


@pytest.mark.parametrize("kind", [random_texture, *KINDS])
def test_a_seed_draws_the_same_again_and_another_does_not(kind: Draw) -> None:
    first, again, other = (kind(SHAPE, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.01


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(64, 64), (33, 70)])
def test_every_kind_is_bounded_light_of_any_shape(kind: Draw, shape: tuple[int, int]) -> None:
    for seed in range(4):
        field = kind(shape, np.random.default_rng(seed))
        assert (field.shape, field.dtype) == (shape, np.float32)
        assert np.isfinite(field).all()
        assert field.min() >= 0


def test_leaves_have_edges_and_blurring_takes_them() -> None:
    field = dead_leaves((128, 128), np.random.default_rng(3))
    smooth = blurred(field, 2.0)
    assert smooth.min() >= 0
    assert smooth.mean() == pytest.approx(field.mean(), rel=0.01)
    assert np.abs(np.diff(smooth)).max() < 0.5 * np.abs(np.diff(field)).max()


def test_fibres_run_in_a_direction() -> None:
    """Along a fibre less changes than across it; a field without a direction has one of 1."""
    ratios = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        ratios.append([_anisotropy(kind((128, 128), rng)) for kind in (fibres, scale_free)])
    directed, undirected = np.median(ratios, axis=0)
    assert directed > 2 * undirected


def _anisotropy(field: np.ndarray) -> float:
    """Ratio of the eigenvalues of the structure tensor."""
    down, right = np.gradient(field)
    tensor = [[(a * b).mean() for a in (down, right)] for b in (down, right)]
    least, most = np.linalg.eigvalsh(tensor)
    return float(most / least)


def test_mats_are_lit_where_fibres_leave_it_dark() -> None:
    def mean_light(kind: Draw) -> float:
        fields = [kind((128, 128), np.random.default_rng(seed)) for seed in range(6)]
        return float(np.median([field.mean() / field.max() for field in fields]))

    assert mean_light(mats) > 2 * mean_light(fibres)
