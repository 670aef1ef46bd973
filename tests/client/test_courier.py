"""What does not fit into the queue is told to livecare as lost, what was passed over as skipped."""

import threading

import numpy as np
from push_receiver import PATIENCE_S, PushReceiver

from livecare.client.courier import Courier
from livecare.client.layout import Spot
from livecare.client.outgoing import About, Described

IMAGE = np.ones((8, 8), np.uint16)


def test_frames_that_found_no_room_reach_the_ledger() -> None:
    reached, go_on = threading.Event(), threading.Event()

    receiver = PushReceiver()

    def read(t: int) -> Described:
        reached.set()
        assert go_on.wait(PATIENCE_S)
        if t > 0:
            receiver.await_frames(1)  # the connection stands: nothing is dropped there
        return Described(Spot(t=t), About("a test"))

    courier = Courier(receiver.endpoint, 2, read)
    courier.offer(IMAGE, 0)
    assert reached.wait(PATIENCE_S)
    taken = [courier.offer(IMAGE, t) is not None for t in range(1, 6)]
    assert taken == [True, False, False, False, False]
    go_on.set()
    while courier.offer(IMAGE, 6, skipped_before=9) is None:
        pass  # the queue empties
    courier.close()
    [run] = receiver.await_ends()
    assert [header.lost_before for header in run.headers] == [0, 0, courier.dropped]
    assert [header.skipped_before for header in run.headers] == [0, 0, 9]
    receiver.close()
