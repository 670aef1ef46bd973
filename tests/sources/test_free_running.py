"""Which frames a camera has taken, buffered and lost that waits for nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.sources.clock import NS_PER_S
from livecare.sources.free_running import FreeRunningCamera

MS = 1_000_000


def drain(camera: FreeRunningCamera) -> list[tuple[int, int]]:
    """Take all that waits: indices and losses."""
    taken = []
    while (frame := camera.take()) is not None:
        taken.append(frame)
    return taken


def test_frame_i_is_taken_at_start_plus_i_intervals() -> None:
    camera = FreeRunningCamera(rate_hz=100, buffer_frames=10, frames=5, start_ns=1000)
    camera.advance(999)
    assert drain(camera) == []
    camera.advance(1000)
    assert drain(camera) == [(0, 0)]
    camera.advance(1000 + 10 * MS - 1)
    assert drain(camera) == []
    assert camera.until_next_s(1000 + 4 * MS) == pytest.approx(0.006)
    camera.advance(1000 + 10 * MS)
    assert drain(camera) == [(1, 0)]


def test_a_full_buffer_loses_the_newest_frames_and_the_next_read_says_how_many() -> None:
    camera = FreeRunningCamera(rate_hz=1000, buffer_frames=4, frames=20, start_ns=0)
    camera.advance(9 * MS)  # frames 0..9 taken, 4..9 lost
    assert [index for index, _ in drain(camera)] == [0, 1, 2, 3]
    camera.advance(11 * MS)
    assert drain(camera) == [(10, 6), (11, 0)]
    assert camera.lost == 6


def test_what_is_lost_after_the_last_frame_is_told_apart() -> None:
    camera = FreeRunningCamera(rate_hz=1000, buffer_frames=4, frames=20, start_ns=0)
    camera.advance(1000 * MS)
    assert not camera.finished
    assert len(drain(camera)) == 4
    assert camera.finished
    assert camera.lost_after_last == 16


def test_after_a_stop_the_buffer_still_comes() -> None:
    camera = FreeRunningCamera(rate_hz=1000, buffer_frames=4, frames=None, start_ns=0)
    camera.stop(2 * MS)
    camera.advance(100 * MS)
    assert [index for index, _ in drain(camera)] == [0, 1, 2]
    assert camera.finished
    assert camera.lost_after_last == 0


def test_a_time_gone_by_changes_nothing() -> None:
    camera = FreeRunningCamera(rate_hz=1000, buffer_frames=4, frames=None, start_ns=0)
    camera.advance(2 * MS)
    camera.advance(1 * MS)
    camera.stop(1 * MS)
    assert len(drain(camera)) == 3


@given(
    rate_hz=st.floats(0.1, 5000),
    buffer_frames=st.integers(1, 6),
    frames=st.integers(1, 60),
    reads=st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 9)), max_size=40),
)
def test_acquired_and_lost_always_add_up(
    rate_hz: float, buffer_frames: int, frames: int, reads: list[tuple[int, int]]
) -> None:
    camera = FreeRunningCamera(rate_hz, buffer_frames, frames, start_ns=0)
    now_ns, arrived = 0, []
    for pause_ns, wanted in reads:
        now_ns += pause_ns
        camera.advance(now_ns)
        arrived += [frame for _ in range(wanted) if (frame := camera.take()) is not None]
        assert all(camera.frame_time_ns(index) <= now_ns for index, _ in arrived)
    camera.advance(now_ns + camera.frame_time_ns(frames))
    arrived += drain(camera)
    lost = sum(lost_before for _, lost_before in arrived)
    assert camera.finished
    assert len(arrived) + lost + camera.lost_after_last == frames == camera.taken
    assert lost + camera.lost_after_last == camera.lost
    assert [index for index, _ in arrived] == sorted({index for index, _ in arrived})


@pytest.mark.parametrize("rate_hz", [7.3, 100.0, 999.9])
def test_months_make_no_difference(rate_hz: float) -> None:
    """Frame numbers beyond 2**32, times beyond what a double holds to the nanosecond."""
    start_ns = 5 * NS_PER_S
    camera = FreeRunningCamera(rate_hz, 4, None, start_ns)
    first = 2**32 - 3
    camera.advance(start_ns + camera.frame_time_ns(first))
    assert camera.taken == first + 1
    assert [camera.take() for _ in range(4)] == [(0, 0), (1, 0), (2, 0), (3, 0)]
    for index in range(first + 1, first + 6):
        now_ns = start_ns + camera.frame_time_ns(index)
        camera.advance(now_ns - 1000)
        assert camera.taken == index
        camera.advance(now_ns)
        assert camera.take() == (index, first - 3 if index == first + 1 else 0)
        assert 0 < camera.until_next_s(now_ns) <= 1 / rate_hz + 1e-6
