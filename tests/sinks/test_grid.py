"""Which shard and which slot a frame belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.disk import PAGE_BYTES
from livecare.errors import ConfigError
from livecare.frame import Position
from livecare.sinks.grid import ENTRY_BYTES, SHARD_FRAMES_MAX, ShardGrid, plan_shards
from livecare.sinks.index import ShardIndex

sizes = st.integers(1, 700)
grids = st.builds(
    plan_shards,
    channels=st.integers(1, 12),
    size_z=sizes,
    chunk_bytes=st.integers(1, 2**24).map(lambda pages: pages * PAGE_BYTES),
    max_frames=st.integers(1, SHARD_FRAMES_MAX),
    max_bytes=st.integers(1, 2**30),
)
places = st.builds(
    Position, t=st.integers(0, 10**7), c=st.integers(0, 11), z=st.integers(0, 699), p=st.just(0)
)


@given(
    sizes, st.integers(1, 400), st.integers(1, 2**24), st.integers(1, 255), st.integers(1, 2**30)
)
def test_limits_hold(size_z: int, channels: int, chunk: int, frames: int, limit: int) -> None:
    grid = plan_shards(channels, size_z, chunk, frames, limit)
    assert 1 <= grid.slots <= frames
    assert grid.slots == 1 or grid.slots * chunk <= limit
    assert grid.frames_z <= size_z
    assert grid.frames_c <= channels
    assert grid.frames_t == 1 or (grid.frames_z == size_z and grid.frames_c == channels)


@given(grids, places)
def test_a_slot_leads_back_to_its_position(grid: ShardGrid, at: Position) -> None:
    key, slot = grid.key(at), grid.slot(at)
    assert 0 <= slot < grid.slots
    assert grid.position(key, slot, at.p) == at


@given(grids, places, places)
def test_no_two_positions_share_a_slot(grid: ShardGrid, one: Position, other: Position) -> None:
    same = (grid.key(one), grid.slot(one)) == (grid.key(other), grid.slot(other))
    assert same == (one == other)


@given(grids, st.integers(0, 10**7))
def test_the_t_axis_grows_by_whole_shards(grid: ShardGrid, t: int) -> None:
    size_t = grid.size_t(t)
    assert size_t % grid.frames_t == 0
    assert t < size_t <= t + grid.frames_t


def test_an_index_fits_one_page_and_not_one_entry_more() -> None:
    assert len(ShardIndex(SHARD_FRAMES_MAX).page()) == PAGE_BYTES
    assert (
        len(ShardIndex(SHARD_FRAMES_MAX + 1).page())
        == PAGE_BYTES + ENTRY_BYTES - (PAGE_BYTES - 4) % 16
    )


@pytest.mark.parametrize("frames", [0, -1, 256])
def test_a_shard_that_no_page_indexes_is_refused(frames: int) -> None:
    with pytest.raises(ConfigError, match="choose 1 to 255"):
        plan_shards(1, 1, PAGE_BYTES, frames, 2**20)


@given(
    st.integers(1, 255),
    st.dictionaries(
        st.integers(0, 254), st.tuples(st.integers(1, 2**40), st.integers(4, 2**30)), max_size=20
    ),
)
def test_an_index_survives_its_page(slots: int, entries: dict[int, tuple[int, int]]) -> None:
    index = ShardIndex(slots)
    for slot, entry in entries.items():
        if slot < slots:
            index.put(slot, *entry)
    again = ShardIndex.from_page(index.page(), slots)
    assert list(again) == list(index)
    for slot in range(slots):
        assert again.get(slot) == entries.get(slot)
