"""What an acquisition leaves to the part after it, and how it counts beginnings."""

from dataclasses import replace

import pytest
from recorder_fakes import INFO, CountingWaker, ListSource, Ring

from livecare.errors import SourceError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.recorder import Acquisition, Turnstile
from livecare.references import ReferenceStream
from livecare.sources.protocol import Arrival, NoFrame


def make(source: ListSource, ring: Ring, info: StreamInfo = INFO) -> Acquisition:
    waker = CountingWaker()
    return Acquisition(source, info, ring.writer, Turnstile(), waker, lambda _: None)  # type: ignore[arg-type]


def published(ring: Ring) -> list[tuple[int, int, int]]:
    """Take everything out of the ring: sequences, time points, epochs."""
    found = []
    while (held := ring.gate.peek()) is not None:
        header = held[1].header
        found.append((header.sequence, header.position.t, header.epoch))
        ring.gate.release()
    return found


class SplitSource(ListSource):
    """Has the acquisition split while it gives its second frame."""

    acquisition: Acquisition

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        arrival = super().read_into(pixels, timeout_s)
        if isinstance(arrival, Arrival) and arrival.position.t == 1:
            self.acquisition.split()
        return arrival


def test_a_part_that_is_split_off_leaves_the_source_to_the_next(ring: Ring) -> None:
    source = SplitSource([Arrival(Position(t), t) for t in range(3)])
    source.lost_at_end = 4
    first = source.acquisition = make(source, ring, replace(INFO, expected_frames=3))
    first.run()
    assert published(ring) == [(0, 0, 0), (1, 1, 0)]
    assert first.next_part == replace(INFO, expected_frames=None)
    assert (first.next_t, first.lost, source.closed) == (2, 0, 0)

    second = make(source, ring, first.next_part)
    second.begin_at(first.next_t)
    second.run()
    assert published(ring) == [(0, 0, 0)]
    assert second.next_part is None
    assert (second.acquired, second.lost, source.closed) == (1, 4, 1)


def test_the_reference_frames_that_came_are_counted(ring: Ring) -> None:
    info = ReferenceStream(channel=1, every=1, light=5.0).add_to(INFO)
    places = (Position(0), Position(0, 1), Position(1))
    acquisition = make(ListSource([Arrival(at, 0) for at in places]), ring, info)
    acquisition.run()
    assert (acquisition.acquired, acquisition.references) == (3, 1)


def test_a_split_can_be_taken_back_until_it_is_done(ring: Ring) -> None:
    acquisition = make(ListSource([Arrival(Position(t), t) for t in range(2)]), ring)
    acquisition.split()
    assert acquisition.unsplit()
    acquisition.run()
    assert published(ring) == [(0, 0, 0), (1, 1, 0)]
    assert acquisition.next_part is None

    acquisition = make(ListSource([Arrival(Position(0), 0)]), ring)
    acquisition.split()
    acquisition.run()
    assert not acquisition.unsplit()
    assert acquisition.next_part == INFO


@pytest.mark.parametrize(("frames", "next_t"), [(0, 1), (1, 1), (2, 2), (3, 2)])
def test_a_time_point_that_is_not_whole_goes_on_in_the_next_part(
    ring: Ring, frames: int, next_t: int
) -> None:
    places = [Position(1, 0), Position(1, 1), Position(2, 0)][:frames]
    source = ListSource([Arrival(place, 0) for place in places])
    acquisition = make(source, ring, replace(INFO, channels=("a", "b")))
    acquisition.begin_at(1)
    acquisition.run()
    assert published(ring) == [(0, 0, 0), (1, 0, 0), (2, 1, 0)][:frames]
    assert acquisition.next_t == next_t


WITH_REFERENCES = ReferenceStream(channel=1, every=3, light=10.0).add_to(INFO)


@pytest.mark.parametrize("follows", [True, False])
def test_a_time_point_without_a_reference_is_over_where_a_part_follows(
    ring: Ring, *, follows: bool
) -> None:
    """Of two channels, and not whole for all that is known: but the next has no frame before 2."""
    source = ListSource([Arrival(place, 0) for place in (Position(2), Position(2, 1), Position(3))])
    acquisition = make(source, ring, WITH_REFERENCES)
    if follows:
        acquisition.begin_at(1)
    acquisition.run()
    first = 0 if follows else 2
    assert published(ring) == [(0, first, 0), (1, first, 0), (2, first + 1, 0)]
    assert acquisition.next_t == 3


def test_a_part_with_references_does_not_begin_before_it_was_split(ring: Ring) -> None:
    acquisition = make(ListSource([Arrival(Position(3), 0)]), ring, WITH_REFERENCES)
    acquisition.begin_at(4)
    with pytest.raises(SourceError, match="frame 0 belongs to time point 3"):
        acquisition.run()


class StartedSource(ListSource):
    """Counts its starts."""

    starts = 0

    def start(self) -> None:
        self.starts += 1


@pytest.mark.parametrize("started", [False, True])
def test_a_source_is_started_by_the_first_part_only(ring: Ring, *, started: bool) -> None:
    source = StartedSource([])
    acquisition = make(source, ring)
    acquisition.started = started
    acquisition.run()
    assert source.starts == (not started)


def test_every_frame_tells_how_often_the_sequence_began_anew(ring: Ring) -> None:
    anew = [True, False, True]
    source = ListSource([Arrival(Position(t), t, new_epoch=new) for t, new in enumerate(anew)])
    make(source, ring).run()
    assert published(ring) == [(0, 0, 1), (1, 1, 1), (2, 2, 2)]
