"""The rolling buffer: what is shown together, what is dropped, and that scrubbing stands still."""

import time

import numpy as np
import pytest

from livecare.frame import PASSED_THROUGH, FrameHeader, PixelType, Position, Restoration
from livecare.viewer.buffer import (
    FRAME_OVERHEAD_BYTES,
    SAME_INSTANT_NS,
    SETTLED_NS,
    STAND_IN_NS,
    FrameBuffer,
)
from livecare.viewer.seen import SeenFrame

SHAPE = (4, 8)
FRAME_BYTES = 4 * 8 * 2 + FRAME_OVERHEAD_BYTES
INTERVAL_NS = 10_000_000


def seen(
    sequence: int,
    *,
    restored: bool = False,
    channel: int = 0,
    run_id: str = "run",
    shape_yx: tuple[int, int] = SHAPE,
    dtype: PixelType = "uint16",
    received_ns: int | None = None,
    engine: str = "identity",
) -> SeenFrame:
    received = sequence * INTERVAL_NS if received_ns is None else received_ns
    header = FrameHeader(sequence, Position(sequence, channel), shape_yx, dtype, received)
    how = Restoration(engine, "fp32", "m", "", "fixed", {"low": 0.0, "high": 1.0}, 0, 0, 0, 1)
    return SeenFrame(run_id, header, np.full(shape_yx, sequence, dtype), how if restored else None)


def filled(*frames: SeenFrame, budget_bytes: int = 1 << 30) -> FrameBuffer:
    buffer = FrameBuffer(budget_bytes)
    for frame in frames:
        buffer.add(frame)
    return buffer


def test_nothing_is_shown_of_nothing() -> None:
    buffer = FrameBuffer()
    view = buffer.view(None, 2)
    assert [(each.raw, each.restored, each.paired) for each in view.channels] == [
        (None, None, False)
    ] * 2
    assert (view.count, view.live, buffer.instant(3)) == (0, True, None)
    assert not list(buffer.history(0))


def test_live_shows_the_same_instant_on_both_sides_while_the_restorer_is_close() -> None:
    buffer = filled(*(seen(number) for number in range(10)), seen(7, restored=True))
    [shown] = buffer.view(None, 1).channels
    assert shown.raw is not None
    assert shown.raw.header.sequence == 7
    assert shown.paired
    assert shown.restored is not None
    assert shown.restored.header.sequence == 7


def test_live_shows_the_newest_raw_frame_where_the_restorer_lags() -> None:
    old, lagging = seen(0), seen(0, restored=True)
    buffer = filled(old, lagging, seen(1, received_ns=SAME_INSTANT_NS))
    [shown] = buffer.view(None, 1).channels
    assert shown.raw is not None
    assert shown.raw.header.sequence == 1
    assert shown.restored is lagging
    assert shown.source is old
    assert not shown.paired
    later = SAME_INSTANT_NS + SETTLED_NS
    buffer.add(seen(2, received_ns=later))
    buffer.add(seen(2, restored=True, received_ns=later))
    buffer.add(seen(3, received_ns=later + 1))
    assert buffer.view(None, 1).channels[0].paired


def test_a_restored_frame_without_its_source_is_never_called_paired() -> None:
    [shown] = filled(seen(5), seen(4, restored=True)).view(None, 1).channels
    assert shown.restored is not None
    assert (shown.source, shown.paired) == (None, False)


def test_frames_that_passed_through_stand_on_the_restored_side() -> None:
    passed = seen(1, restored=True, engine=PASSED_THROUGH)
    [shown] = filled(seen(1), passed).view(None, 1).channels
    assert shown.restored is passed
    assert not passed.restored


def test_scrubbing_shows_an_instants_own_frames_and_what_other_channels_had_then() -> None:
    frames = [seen(number, channel=number % 2) for number in range(6)]
    frames += [seen(number, channel=number % 2, restored=True) for number in range(6)]
    buffer = filled(*frames)
    view = buffer.view(3, 2)
    assert (view.index, view.count, view.live) == (3, 6, False)
    for channel, sequence in zip(view.channels, (2, 3), strict=True):
        assert channel.paired
        assert channel.raw is not None
        assert channel.raw.header.sequence == sequence
    first = buffer.view(0, 2).channels[1]
    assert (first.raw, first.restored) == (None, None)


def test_an_instant_that_was_not_restored_shows_what_was_restored_before_it() -> None:
    buffer = filled(seen(0), seen(0, restored=True), seen(1), seen(2))
    [shown] = buffer.view(1, 1).channels
    assert shown.raw is not None
    assert shown.restored is not None
    assert (shown.raw.header.sequence, shown.restored.header.sequence) == (1, 0)
    assert not shown.paired


@pytest.mark.parametrize(("at", "index"), [(-5, 0), (0, 0), (2, 2), (99, 2)])
def test_an_index_is_taken_to_the_nearest_that_there_is(at: int, index: int) -> None:
    assert filled(seen(0), seen(1), seen(2)).view(at, 1).index == index


def test_a_held_instant_stays_the_same_until_it_is_dropped() -> None:
    buffer = filled(*(seen(number) for number in range(5)), budget_bytes=5 * FRAME_BYTES)
    held = buffer.instant(3)
    assert held is not None
    for number in range(5, 8):
        buffer.add(seen(number))
        [shown] = buffer.view(buffer.index_of(held), 1).channels
        assert shown.raw is not None
        assert shown.raw.header.sequence == 3
    buffer.add(seen(8))
    assert buffer.index_of(held) == 0, "it is gone: the oldest after it"


def test_frames_that_come_late_are_put_in_their_place() -> None:
    buffer = filled(seen(0), seen(5), seen(3), seen(3, restored=True))
    order = [raw.header.sequence for raw, _ in buffer.history(0) if raw is not None]
    assert order == [0, 3, 5]


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    budget = 10 * FRAME_BYTES
    buffer = FrameBuffer(budget)
    for number in range(100):
        buffer.add(seen(number))
        buffer.add(seen(number, restored=True))
        assert buffer.kept_bytes <= budget
    assert [raw.header.sequence for raw, _ in buffer.history(0) if raw is not None] == [
        95, 96, 97, 98, 99,
    ]  # fmt: skip
    kept = sum(frame is not None for pair in buffer.history(0) for frame in pair)
    assert buffer.kept_bytes == kept * FRAME_BYTES


def test_a_frame_that_comes_twice_is_kept_and_counted_once() -> None:
    buffer = filled(seen(1), seen(1))
    assert (buffer.count, buffer.kept_bytes) == (1, FRAME_BYTES)


def test_a_channel_that_is_seldom_imaged_does_not_vanish_from_the_live_view() -> None:
    rare = seen(0, channel=1)
    buffer = filled(rare, budget_bytes=4 * FRAME_BYTES)
    for number in range(1, 50):
        buffer.add(seen(number))
        assert buffer.view(None, 2).channels[1].raw is rare
        assert buffer.kept_bytes <= 4 * FRAME_BYTES
    buffer.add(seen(50, channel=1))
    assert rare not in [raw for raw, _ in buffer.history(1)]


def test_one_frame_larger_than_the_budget_is_shown_all_the_same() -> None:
    buffer = filled(seen(0), seen(1), budget_bytes=1)
    [shown] = buffer.view(None, 1).channels
    assert shown.raw is not None
    assert (buffer.count, shown.raw.header.sequence) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [seen(0, run_id="run.1", shape_yx=(8, 8)), seen(0, run_id="run.1", dtype="uint8")],
    ids=["shape", "type"],
)
def test_frames_of_another_kind_begin_anew(other: SeenFrame) -> None:
    buffer = filled(seen(0), seen(0, restored=True), seen(1), other)
    assert buffer.count == 1
    assert buffer.kept_bytes == other.pixels.nbytes + FRAME_OVERHEAD_BYTES
    buffer.add(seen(2, restored=other.header.dtype == "uint8"))
    [shown] = buffer.view(None, 1).channels
    assert shown.raw is other, "a straggler of the part before changes nothing"


def test_restored_frames_may_have_a_pixel_type_of_their_own() -> None:
    buffer = filled(seen(0), seen(0, restored=True, dtype="float32"), seen(1))
    assert buffer.count == 2


def test_the_next_part_of_a_run_comes_behind_what_is_kept() -> None:
    """Recording was switched on: the sequence begins anew, and the pictures go on."""
    late = 90 * INTERVAL_NS + SAME_INSTANT_NS
    frames = [seen(number) for number in range(90)] + [seen(89, restored=True)]
    buffer = filled(*frames, seen(0, run_id="run.1", received_ns=late))
    view = buffer.view(None, 1)
    assert (view.index, view.count) == (90, 91)
    [shown] = view.channels
    assert shown.raw is not None
    assert shown.restored is not None
    assert (shown.raw.run_id, shown.restored.run_id) == ("run.1", "run")
    buffer.add(seen(1, run_id="run.1", received_ns=late + STAND_IN_NS))
    assert buffer.view(None, 1).channels[0].restored is None, "it has stood in for long enough"


def test_another_runs_frames_never_stand_in() -> None:
    buffer = filled(seen(3, restored=True), seen(0, run_id="other"))
    assert buffer.view(None, 1).channels[0].restored is None
    assert buffer.view(0, 1).channels[0].restored is not None


def test_a_view_costs_the_same_however_much_is_kept() -> None:
    """Thirty a second are wanted of thousands: a scan of them would show."""

    def cost_s(count: int) -> float:
        buffer = filled(*(seen(n, restored=r) for n in range(count) for r in (False, True)))
        best = float("inf")
        for _ in range(20):
            begun = time.perf_counter()
            for at in (None, 0, count // 2, count - 1):
                buffer.view(at, 4)
            best = min(best, time.perf_counter() - begun)
        return best

    assert cost_s(4000) < 10 * cost_s(40)


def test_the_raw_side_waits_again_once_restored_frames_keep_up_and_never_goes_back() -> None:
    """A camera of 100 frames a second; its restorer is late at first."""
    lag = SAME_INSTANT_NS // INTERVAL_NS
    buffer, shown_before, waited = FrameBuffer(), -1, []
    for number in range(2 * lag + 2 * SETTLED_NS // INTERVAL_NS):
        buffer.add(seen(number))
        behind = number - (lag if number < 2 * lag else 2)
        if behind >= 0:
            buffer.add(seen(behind, restored=True))
        [shown] = buffer.view(None, 1).channels
        assert shown.raw is not None
        assert shown.raw.header.sequence >= shown_before
        shown_before = shown.raw.header.sequence
        waited.append(shown.paired)
    settled = 2 * lag + SETTLED_NS // INTERVAL_NS
    assert not any(waited[: settled - 1]), "it jumps to nobody who was late just now"
    assert all(waited[settled + lag :])


def test_a_run_that_comes_again_after_another_begins_anew() -> None:
    buffer = FrameBuffer()
    for run_id, sequences in (("a", (0, 1)), ("b", (0, 1, 2)), ("a", (100, 101))):
        buffer.begin(run_id)
        for number in sequences:
            buffer.add(seen(number, run_id=run_id, shape_yx=SHAPE if run_id == "a" else (8, 8)))
    [shown] = buffer.view(None, 1).channels
    assert shown.raw is not None
    assert (shown.raw.run_id, shown.raw.header.sequence, buffer.count) == ("a", 101, 2)
    buffer.begin("a.1")
    assert buffer.count == 2, "what goes on keeps what was seen"
