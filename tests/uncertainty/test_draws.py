"""Draws have the distribution that was predicted; a table says what a spread says."""

import numpy as np
import pytest

from livecare.errors import ConfigError
from livecare.models.uncertainty.draws import draw_frame
from livecare.models.uncertainty.spread_table import LEVELS, SLOPES, SpreadTable, steepness

RESTORED = np.random.default_rng(1).uniform(0, 1000, (256, 256)).astype(np.float32)
SPREAD = (5 + RESTORED / 50).astype(np.float32)


@pytest.mark.parametrize("correlation_px", [0.0, 1.5])
def test_each_pixel_is_a_laplace_deviate_of_its_scale(correlation_px: float) -> None:
    rng = np.random.default_rng(3)
    drawn = np.stack([draw_frame(RESTORED, SPREAD, rng, correlation_px) for _ in range(8)])
    errors = np.abs(drawn - RESTORED) / SPREAD
    for level in (0.5, 0.9, 0.99):
        inside = np.mean(errors <= -np.log(1 - level))
        assert inside == pytest.approx(level, abs=0.01)
    assert np.mean(drawn > RESTORED) == pytest.approx(0.5, abs=0.03)


def test_neighbours_err_together_as_far_as_asked() -> None:
    flat = np.zeros((256, 256), np.float32)
    ones = np.ones_like(flat)

    def correlation(width: float, distance: int) -> float:
        drawn = draw_frame(flat, ones, np.random.default_rng(4), width)
        return float(np.corrcoef(drawn[:, :-distance].ravel(), drawn[:, distance:].ravel())[0, 1])

    assert abs(correlation(0.0, 1)) < 0.02
    assert correlation(2.0, 2) == pytest.approx(np.exp(-(2**2) / (4 * 2.0**2)), abs=0.08)
    assert abs(correlation(2.0, 20)) < 0.1


def test_the_same_state_gives_the_same_draw() -> None:
    first, again = (draw_frame(RESTORED, SPREAD, np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, draw_frame(RESTORED, SPREAD, np.random.default_rng(10)))


def test_draws_of_nothing_that_fits_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ConfigError, match="spread"):
        draw_frame(RESTORED, SPREAD[:-1], rng)
    with pytest.raises(ConfigError, match="correlation"):
        draw_frame(RESTORED, SPREAD, rng, -1.0)


def test_steepness_is_the_largest_step_to_a_neighbour() -> None:
    frame = np.zeros((4, 5), np.float32)
    frame[1, 2] = 7
    frame[3, 4] = -3
    found = steepness(frame)
    assert found[1, 2] == 7
    assert found[0, 2] == found[2, 2] == found[1, 1] == found[1, 3] == 7
    assert found[3, 3] == found[2, 4] == 3
    assert found[0, 0] == 0


def test_a_table_says_what_a_spread_of_brightness_and_steepness_says() -> None:
    y, x = np.mgrid[:200, :200]
    restored = (300 + 250 * np.sin(x / 17) * np.cos(y / 23)).astype(np.float32)
    spread = (4 + restored / 40 + 0.8 * steepness(restored)).astype(np.float32)
    table = SpreadTable.measure(restored, spread)

    assert len(table.spreads) == LEVELS
    assert {len(row) for row in table.spreads} == {SLOPES}
    ratio = table.over(restored) / spread
    assert np.sqrt(np.mean(np.log(ratio) ** 2)) < 0.15
    row, column = 57, 83
    told = table.at(float(restored[row, column]), float(steepness(restored)[row, column]))
    assert told == pytest.approx(table.over(restored)[row, column])
    assert np.corrcoef(table.over(restored).ravel(), spread.ravel())[0, 1] > 0.95


def test_a_flat_frame_has_a_table_too() -> None:
    table = SpreadTable.measure(np.full((9, 9), 5, np.float32), np.full((9, 9), 2, np.float32))
    assert table.at(5.0, 0.0) == 2
    assert table.at(-100.0, 50.0) == 2
    with pytest.raises(ConfigError, match="two rows"):
        SpreadTable.measure(np.zeros((1, 9), np.float32), np.zeros((1, 9), np.float32))
