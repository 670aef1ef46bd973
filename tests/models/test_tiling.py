import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.errors import ModelError
from livecare.models.tiling import tile_frame


@given(
    blocks_yx=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    multiple_of=st.sampled_from([1, 2, 8, 16]),
    halo_px=st.integers(0, 60),
    room_blocks=st.integers(1, 8),
)
def test_tiles_cover_the_frame_once_and_have_seen_their_halo(
    blocks_yx: tuple[int, int], multiple_of: int, halo_px: int, room_blocks: int
) -> None:
    rows, columns = (blocks * multiple_of for blocks in blocks_yx)
    side = (2 * -(-halo_px // multiple_of) + room_blocks) * multiple_of
    window_yx = (min(side, rows), min(side, columns))
    seen = np.zeros((rows, columns), int)
    for tile in tile_frame((rows, columns), window_yx, halo_px, multiple_of):
        seen[tile.kept] += 1
        for axis, length in enumerate((rows, columns)):
            window, kept, inner = tile.window[axis], tile.kept[axis], tile.inner[axis]
            assert window.stop - window.start == window_yx[axis]
            assert window.start % multiple_of == 0
            assert (kept.start - window.start, kept.stop - window.start) == (
                inner.start,
                inner.stop,
            )
            assert window.start == 0 or kept.start - window.start >= halo_px
            assert window.stop == length or window.stop - kept.stop >= halo_px
    assert np.all(seen == 1)


def test_a_frame_that_fits_is_one_tile() -> None:
    (tile,) = tile_frame((64, 48), (64, 48), 50, 8)
    whole = (slice(0, 64), slice(0, 48))
    assert tile.window == tile.kept == tile.inner == whole


def test_windows_too_small_for_their_halo_are_refused() -> None:
    with pytest.raises(ModelError, match="at least 108"):
        tile_frame((256, 256), (104, 104), 50, 8)
