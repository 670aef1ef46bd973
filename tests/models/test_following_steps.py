"""The numbers of a window that follows, one by one."""

import numpy as np
import pytest

from livecare.models.following import MOST_PER_FRAME, SHARE, _noise, _step
from livecare.models.window import IntensityWindow

PRESENT = IntensityWindow(100.0, 200.0)


@pytest.mark.parametrize("shape", [(64, 32), (32, 64), (3, 16, 8)])
def test_noise_is_of_neighbours_within_rows(shape: tuple[int, ...]) -> None:
    """A ramp along each row: from its end to the next one's beginning is no noise."""
    ramp = np.broadcast_to(100 * np.arange(shape[-1]), shape).astype(np.uint16)
    assert _noise(ramp) == pytest.approx(100 * np.sqrt(np.pi) / 2)


def test_a_near_window_is_reached_a_share_at_a_time() -> None:
    now = _step(PRESENT, 101.0, 202.0)
    assert now.low == pytest.approx(100 + SHARE * 1.0)
    assert now.high - now.low == pytest.approx(100 + SHARE * 1.0)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_far_window_is_neared_by_the_most_per_frame(sign: int) -> None:
    now = _step(PRESENT, 100.0 + sign * 1e4, 200.0 + sign * 3e4)
    most = 100 * MOST_PER_FRAME
    assert now.low == pytest.approx(100 + sign * most)
    assert now.high - now.low == pytest.approx(100 + sign * most)
