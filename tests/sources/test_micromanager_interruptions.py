"""A scripted core whose sequence somebody stops: it is taken up again, or given up by name."""

from fake_core import FakeCore, Stopped
from played import Played, losses, play

from livecare.frame import Pixels, StreamInfo
from livecare.sources.micromanager.own import OwnSequence
from livecare.sources.micromanager.pause import SETTLE_NS
from livecare.sources.protocol import Arrival


def test_a_stopped_sequence_is_started_again_for_the_rest() -> None:
    played = play("own", [(0, 10), (1, 20), Stopped(), (0, 8), (1, 18), (2, 28)], frames=5)
    assert played.core.requests == [(5, 0.0, True), (3, 0.0, True)]
    assert [a.new_epoch for a in played.arrivals] == [False, False, True, False, False]
    assert [a.position.t for a in played.arrivals] == [0, 1, 2, 3, 4]
    assert sum(lost for lost, _ in losses(played)) == 0
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_whoever_stopped_the_camera_is_given_time() -> None:
    played = Played("own", [(0, 10), Stopped(), (0, 8)], frames=2)
    times = []
    played.core.startSequenceAcquisition = lambda *request: (
        times.append(played.clock.now_ns()),
        FakeCore.startSequenceAcquisition(played.core, *request),
    )
    played.read()
    assert times[1] - times[0] >= SETTLE_NS


def test_a_camera_that_refuses_for_a_while_is_asked_again() -> None:
    played = play("own", [(0, 10), Stopped(refusals=4), (0, 8)], frames=2)
    assert len(played.core.requests) == 6
    assert len(played.arrivals) == 2
    assert played.sequence.problem is None


def test_a_camera_that_refuses_for_good_is_named() -> None:
    played = play("own", [(0, 10), Stopped(refusals=10_000)], frames=5)
    assert "cannot be started again: the camera is busy" in played.sequence.problem
    assert played.sequence.lost_at_end == 4


def test_a_camera_that_stops_each_time_is_given_up() -> None:
    played = play("own", [(0, 10), *[Stopped()] * 1000], frames=5)
    assert "after frame 0, and each time" in played.sequence.problem
    assert 10 < len(played.core.requests) < 100
    assert played.sequence.lost_at_end == 4


def test_somebody_who_plays_with_the_size_is_waited_for() -> None:
    shapes = [Stopped((2 + n % 2, 3)) for n in range(200)]
    played = play("own", [(0, 10), *shapes, (0, 8)], frames=2)
    assert [len(part.arrivals) for part in played.parts][0::200] == [1, 1]
    assert played.sequence.problem is None


def test_another_shape_is_said_before_its_sequence_starts() -> None:
    played = Played("own", [(0, 10), Stopped((2, 3), held=7), (0, 8), (1, 18)], frames=3)
    said = []

    class Watching(OwnSequence):
        def read_into(self, pixels: Pixels, timeout_s: float) -> object:
            arrival = super().read_into(pixels, timeout_s)
            said.append((arrival, len(played.core.requests)))
            return arrival

    played.sequence.__class__ = Watching
    played.read()
    first, second = played.parts
    assert [started for it, started in said if isinstance(it, StreamInfo)] == [1]
    assert (first.stream.shape_yx, second.stream.shape_yx) == ((4, 6), (2, 3))
    assert second.stream.expected_frames == 2
    assert [a.position.t for a in second.arrivals] == [0, 1]
    assert not any(a.new_epoch for a in second.arrivals), "the new stream says it"
    assert losses(played) == [(0, False), (7, False), (0, False)], "held, and never to be read"
    assert played.sequence.problem is None


def test_a_frame_of_another_shape_is_never_passed_on() -> None:
    script = [(0, 10), (1, 20, (9, 9)), Stopped(), (0, 8)]
    played = play("own", script, frames=2)
    assert [a.camera_index for a in played.arrivals] == [0, 0]
    assert losses(played)[1] == (1, False)


def test_pictures_that_livecare_does_not_take_end_it_by_name() -> None:
    played = Played("own", [(0, 10), Stopped((2, 3))], frames=5)

    def turn_to_colour(_: Arrival) -> None:
        played.core.getNumberOfComponents = lambda: 4

    played.read(after=turn_to_colour)
    assert "changed after frame 0" in played.sequence.problem
    assert "4 components" in played.sequence.problem
    assert played.sequence.lost_at_end == 4


def test_a_stop_while_the_camera_rests_ends_it() -> None:
    played = Played("own", [(0, 10), Stopped(), (0, 8)])
    played.core.isSequenceRunning = lambda: (
        FakeCore.isSequenceRunning(played.core) or (played.stop.request() or False)
    )
    played.read()
    assert len(played.arrivals) == 1
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)
