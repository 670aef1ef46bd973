"""What does not fit into the queue is told to livecare as lost, what was passed over as skipped."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from push_receiver import PATIENCE_S, PushReceiver

from livecare.client.courier import HEAD_START, LONGEST_REST_NS, Courier
from livecare.client.layout import Spot
from livecare.client.outgoing import About, Described
from livecare.wire import MAX_HEADER_BYTES

IMAGE = np.ones((8, 8), np.uint16)
ROOM = 4


@pytest.fixture
def receiver() -> Iterator[PushReceiver]:
    receiver = PushReceiver()
    yield receiver
    receiver.close()


def test_frames_that_found_no_room_reach_the_ledger(receiver: PushReceiver) -> None:
    go_on = threading.Event()

    def read(t: int) -> Described:
        assert go_on.wait(PATIENCE_S)
        receiver.await_frames(min(t, ROOM))  # those before have arrived: none is dropped on the way
        return Described(Spot(t=t), About("a test"))

    courier = Courier(receiver.endpoint, ROOM, read)
    taken = [courier.offer(IMAGE, t) is not None for t in range(ROOM + 3)]
    assert taken == [True] * ROOM + [False] * 3
    go_on.set()
    receiver.await_frames(ROOM)
    while courier.offer(IMAGE, 20, skipped_before=9) is None:
        pass  # the last parcel gives up its place a moment after it was sent
    courier.close()
    [run] = receiver.await_ends()
    assert [header.lost_before for header in run.headers] == [0] * ROOM + [courier.dropped]
    assert [header.skipped_before for header in run.headers] == [0] * ROOM + [9]


def test_frames_that_failed_reach_the_ledger_with_what_they_carried(
    receiver: PushReceiver,
) -> None:
    go_on = threading.Event()

    def read(t: int) -> Described:
        assert go_on.wait(PATIENCE_S)
        if t in (1, 2):
            raise LookupError("no such index")
        return Described(Spot(t=t), About("a test"))

    courier = Courier(receiver.endpoint, ROOM, read)
    for t in (0, 1, 2):
        courier.offer(IMAGE, t)
    courier.note_error(ValueError("said before it was offered"))
    courier.offer(IMAGE, 3)
    assert [courier.offer(IMAGE, t) for t in (4, 5)] == [None, None], "the queue is full"
    go_on.set()
    receiver.await_frames(2)
    while courier.offer(IMAGE, 6) is None:
        pass  # the last parcel gives up its place a moment after it was sent
    courier.close()
    [run] = receiver.await_ends()
    assert [header.lost_before for header in run.headers] == [0, 3, courier.dropped]
    assert courier.errors == 3


def test_a_name_that_cannot_be_announced_costs_no_frame_of_another(
    receiver: PushReceiver,
) -> None:
    places = ["left", "x" * MAX_HEADER_BYTES, "left", "right"]
    before = [0, 1, 1, 2]

    def read(t: int) -> Described:
        receiver.await_frames(before[t])  # those have arrived: none is dropped on the way
        return Described(Spot(t=t, position=places[t]), About("a test"))

    courier = Courier(receiver.endpoint, ROOM, read)
    for t in range(len(places)):
        courier.offer(IMAGE, t)
    courier.close()
    [run] = receiver.await_ends()
    assert run.places == [(0, 0, 0, 0), (2, 0, 0, 0), (3, 0, 0, 1)]
    assert run.info.positions == ("left", "right")
    assert (courier.sent, courier.errors) == (3, 1)


@pytest.mark.parametrize(
    ("interval_ns", "rest_ns"),
    [(9_000_000, round(9_000_000 * HEAD_START)), (90_000_000_000, LONGEST_REST_NS)],
)
def test_a_frame_rests_for_a_part_of_the_interval(
    receiver: PushReceiver, monkeypatch: pytest.MonkeyPatch, interval_ns: int, rest_ns: int
) -> None:
    courier = Courier(receiver.endpoint, ROOM, lambda t: Described(Spot(t=t), About("a test")))
    times = iter([10**9, 10**9 + interval_ns])
    with monkeypatch.context() as patch:
        patch.setattr(time, "perf_counter_ns", lambda: next(times))
        _, due_ns = courier._due_ns(), courier._due_ns()
    courier.close()
    assert due_ns == 10**9 + interval_ns + rest_ns
