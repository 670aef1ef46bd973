"""From the ring to the disk: every frame once, in order, and an end at the first that fails."""

from collections.abc import Callable
from concurrent.futures import Future

import pytest
from recorder_fakes import PATIENCE_S, ListSink, Ring

from livecare.errors import DiskFullError
from livecare.recorder import Recording, Turnstile

Start = Callable[[Callable[[], None]], Future[None]]


def test_everything_is_recorded_in_order(ring: Ring, start: Start) -> None:
    sink, turnstile = ListSink(), Turnstile()
    recording = Recording(ring.gate, sink, turnstile)
    running = start(recording.run)
    for sequence in range(300, 320):
        while ring.writer.claim() is None:
            turnstile.wait_for(lambda: ring.writer.claim() is not None)
        ring.publish(sequence)
        turnstile.moved()
    recording.finish()
    running.result(PATIENCE_S)
    assert sink.frames == [(sequence, sequence) for sequence in range(300, 320)]
    assert recording.recorded == 20
    assert recording.latency.percentile_ms(50) is not None


def test_what_waits_at_the_end_is_recorded(ring: Ring) -> None:
    sink = ListSink()
    recording = Recording(ring.gate, sink, Turnstile())
    for sequence in range(4):
        ring.publish(sequence)
    recording.finish()
    recording.run()
    assert sink.sequences == [0, 1, 2, 3]


def test_a_full_disk_ends_it_at_the_frame(ring: Ring) -> None:
    sink = ListSink(fails_at=2, error=DiskFullError("full"))
    recording = Recording(ring.gate, sink, Turnstile())
    for sequence in range(4):
        ring.publish(sequence)
    with pytest.raises(DiskFullError):
        recording.run()
    assert sink.sequences == [0, 1]
    assert recording.recorded == 2
    held = ring.gate.peek()
    assert held is not None
    assert held[1].header.sequence == 2, "the frame that failed is not given away"
    assert recording.over
    assert recording.await_recorded(1)
    assert not recording.await_recorded(2)


def test_whoever_waits_for_a_frame_goes_on_when_it_is_recorded(ring: Ring, start: Start) -> None:
    turnstile = Turnstile()
    recording = Recording(ring.gate, ListSink(), turnstile)
    waited: list[bool] = []
    waiting = start(lambda: waited.append(recording.await_recorded(3)))
    running = start(recording.run)
    for sequence in range(4):
        ring.publish(sequence)
        turnstile.moved()
    waiting.result(PATIENCE_S)
    assert waited == [True]
    recording.finish()
    running.result(PATIENCE_S)
    assert not recording.await_recorded(4)
