"""Frames of the restored ring that are no restored frames: they are for the eye only."""

from dataclasses import replace

import pytest
from recorder_fakes import RESTORATION, CountingWaker, ListSink, QueueInbox, Ring

from livecare.frame import PASSED_THROUGH, Restoration
from livecare.recorder import Collection


@pytest.mark.parametrize(
    "restoration", [None, replace(RESTORATION, engine=PASSED_THROUGH)], ids=["none", "raw"]
)
def test_what_passed_as_raw_is_not_recorded_as_restored(
    ring: Ring, restoration: Restoration | None
) -> None:
    sink, waker = ListSink(), CountingWaker()
    collection = Collection(
        ring.gate,
        sink,
        QueueInbox(),  # type: ignore[arg-type]
        waker,  # type: ignore[arg-type]
        lambda: 3,
    )
    ring.publish(0, restoration)
    ring.publish(1, RESTORATION)
    ring.publish(2, restoration)
    collection.finish()
    collection.run()
    assert sink.sequences == [1]
    assert [collection.settled(sequence) for sequence in range(3)] == [False, True, False]
    assert collection.restored_live == 1
    assert collection.normalisation[0].values == RESTORATION.normalised_with
    assert collection.slowest_s == pytest.approx(RESTORATION.engine_ns / 1e9)
    assert waker.count == 3, "a slot is free again, whatever was in it"
