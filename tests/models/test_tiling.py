import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.errors import ModelError
from livecare.models.tiling import plan_window, tile_frame

axes = st.integers(2, 3)


@given(
    blocks=axes.flatmap(lambda n: st.tuples(*[st.integers(1, 40 if n == 2 else 12)] * n)),
    multiple_of=st.sampled_from([1, 2, 8, 16]),
    halo_px=st.integers(0, 60),
    room_blocks=st.integers(1, 8),
)
def test_tiles_cover_the_frame_once_and_have_seen_their_halo(
    blocks: tuple[int, ...], multiple_of: int, halo_px: int, room_blocks: int
) -> None:
    shape = tuple(each * multiple_of for each in blocks)
    side = (2 * -(-halo_px // multiple_of) + room_blocks) * multiple_of
    windows = tuple(min(side, length) for length in shape)
    both = (halo_px,) * len(shape), (multiple_of,) * len(shape)
    seen = np.zeros(shape, np.uint8)
    for tile in tile_frame(shape, windows, *both):
        seen[tile.kept] += 1
        for axis, length in enumerate(shape):
            window, kept, inner = tile.window[axis], tile.kept[axis], tile.inner[axis]
            assert window.stop - window.start == windows[axis]
            assert window.start % multiple_of == 0
            assert (kept.start - window.start, kept.stop - window.start) == (
                inner.start,
                inner.stop,
            )
            assert window.start == 0 or kept.start - window.start >= halo_px
            assert window.stop == length or window.stop - kept.stop >= halo_px
    assert np.all(seen == 1)


def test_a_frame_that_fits_is_one_tile() -> None:
    (tile,) = tile_frame((64, 48), (64, 48), (50, 50), (8, 8))
    whole = (slice(0, 64), slice(0, 48))
    assert tile.window == tile.kept == tile.inner == whole


def test_windows_too_small_for_their_halo_are_refused() -> None:
    with pytest.raises(ModelError, match="at least 108"):
        tile_frame((256, 256), (104, 104), (50, 50), (8, 8))


@given(
    blocks=axes.flatmap(lambda n: st.tuples(*[st.integers(1, 100)] * n)),
    halo_px=st.integers(0, 40),
    multiple_of=st.sampled_from([1, 4, 8]),
    room=st.floats(1.0, 30.0),
)
def test_windows_fit_the_budget_and_are_whole_where_that_does(
    blocks: tuple[int, ...], halo_px: int, multiple_of: int, room: float
) -> None:
    shape = tuple(each * multiple_of for each in blocks)
    halos, multiples = (halo_px,) * len(shape), (multiple_of,) * len(shape)
    need = -(-(2 * halo_px + multiple_of) // multiple_of) * multiple_of
    budget = int(room * math.prod(min(length, need) for length in shape))
    window = plan_window(shape, budget, halos, multiples)
    assert math.prod(window) <= budget
    assert (window == shape) == (math.prod(shape) <= budget)
    for length, whole in zip(window, shape, strict=True):
        assert length % multiple_of == 0
        assert min(need, whole) <= length <= whole


def test_a_flat_stack_is_cut_across_and_not_between_its_planes() -> None:
    assert plan_window((32, 1024, 1024), 1 << 21, (20, 20, 20), (4, 4, 4)) == (32, 256, 256)


def test_a_budget_for_less_than_a_tile_is_refused() -> None:
    with pytest.raises(ModelError, match="allow larger tiles"):
        plan_window((256, 256), 100 * 100, (50, 50), (8, 8))
