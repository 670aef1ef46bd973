"""What does not fit into the queue is told to livecare as lost, what was passed over as skipped."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from push_receiver import PATIENCE_S, PushReceiver

from livecare.client.courier import Courier
from livecare.client.layout import Spot
from livecare.client.outgoing import About, Described

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
