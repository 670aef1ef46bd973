"""From the source into the ring: numbers without gaps, waiting instead of losing, orderly ends."""

from collections.abc import Callable
from concurrent.futures import Future

import pytest
from recorder_fakes import INFO, PATIENCE_S, CountingWaker, ListSource, Ring

from livecare.errors import SourceError
from livecare.frame import Position, StreamInfo
from livecare.recorder import Acquisition, Turnstile
from livecare.sources.protocol import Arrival

Start = Callable[[Callable[[], None]], Future[None]]


def arrivals(count: int) -> list[Arrival]:
    return [Arrival(Position(t), received_ns=t, camera_index=t) for t in range(count)]


def never(info: StreamInfo) -> None:
    pytest.fail(f"grown to {info}")


def make(source: ListSource, ring: Ring) -> tuple[Acquisition, Turnstile, CountingWaker]:
    turnstile, waker = Turnstile(), CountingWaker()
    acquisition = Acquisition(source, INFO, ring.writer, turnstile, waker, never)  # type: ignore[arg-type]
    return acquisition, turnstile, waker


def drain(ring: Ring) -> list[tuple[int, int]]:
    """Take everything out of the ring: sequences, and the value of their pixels."""
    found = []
    while (held := ring.gate.peek()) is not None:
        slot, message = held
        pixels = slot.pixels(message.header.shape_yx, "uint16")
        assert (pixels == pixels[0, 0]).all()
        found.append((message.header.sequence, int(pixels[0, 0])))
        ring.gate.release()
    return found


def test_frames_are_numbered_and_losses_counted(ring: Ring) -> None:
    given = [
        Arrival(Position(5), received_ns=1, camera_index=5, lost_before=5),
        Arrival(Position(6), received_ns=2, skipped_before=2),
        Arrival(Position(9), received_ns=3, lost_before=2, loss_estimated=True),
    ]
    source = ListSource(given)
    source.lost_at_end = 4
    acquisition, _, waker = make(source, ring)
    acquisition.run()
    assert drain(ring) == [(0, 5), (1, 6), (2, 9)]
    assert acquisition.acquired == 3
    assert acquisition.lost == 5 + 2 + 4
    assert acquisition.loss_estimated
    assert acquisition.passed_over == 2
    assert source.closed == 1
    assert waker.count == 3
    assert acquisition.began_ns is not None
    assert acquisition.ended_ns is not None


def test_a_full_ring_makes_the_source_wait(ring: Ring, start: Start) -> None:
    acquisition, turnstile, _ = make(ListSource(arrivals(11)), ring)
    running = start(acquisition.run)
    found: list[tuple[int, int]] = []
    while len(found) < 11:
        turnstile.wait_for(lambda: ring.gate.peek() is not None)
        found += drain(ring)
        turnstile.moved()
    running.result(PATIENCE_S)
    assert found == [(i, i) for i in range(11)]


def test_abandoned_while_the_ring_is_full(ring: Ring, start: Start) -> None:
    source = ListSource(arrivals(11))
    acquisition, turnstile, _ = make(source, ring)
    running = start(acquisition.run)
    while ring.writer.published < ring.writer.slots:
        turnstile.wait_for(lambda: ring.writer.published == ring.writer.slots)
    acquisition.abandon()
    running.result(PATIENCE_S)
    assert acquisition.acquired == ring.writer.slots
    assert source.closed == 1


def test_a_stop_ends_it_in_order(ring: Ring) -> None:
    source = ListSource(arrivals(3))
    acquisition, _, _ = make(source, ring)
    acquisition.stop()
    acquisition.run()
    assert acquisition.acquired == 0
    assert source.closed == 1


def test_an_error_of_the_source_keeps_what_came_before(ring: Ring) -> None:
    source = ListSource(arrivals(2), SourceError("the camera was unplugged at frame 2"))
    acquisition, _, _ = make(source, ring)
    with pytest.raises(SourceError, match="unplugged"):
        acquisition.run()
    assert drain(ring) == [(0, 0), (1, 1)]
    assert source.closed == 1
