"""Acquisitions after each other: when the recording goes on, and when another one begins."""

import pytest
from push_bench import SIZE, Listener, Raw, info, picture, position

from livecare.client import Pusher
from livecare.frame import StreamInfo


def send(endpoint: str, stream: StreamInfo, frames: int, first: int = 0) -> None:
    with Pusher(stream, endpoint=endpoint, linger_s=20.0) as pusher:
        for number in range(first, first + frames):
            assert pusher.send(picture(number, stream.shape_yx, stream.dtype))


def test_an_acquisition_of_the_same_kind_goes_on_in_the_same_recording() -> None:
    with Listener(lambda endpoint: send(endpoint, info("first"), 3)) as listener:
        earlier = listener.frames(3)
        send(listener.endpoint, info("second"), 2)
        later = listener.frames(2)
        assert [a.position.t for a in earlier + later] == [0, 1, 2, 3, 4]
        assert [a.new_epoch for a in earlier + later] == [False, False, False, True, False]
        assert (listener.changes, listener.stream.expected_frames) == ([], None)
        assert listener.source.problem is None


@pytest.mark.parametrize(
    "changed",
    [{"shape_yx": (4, 6)}, {"dtype": "uint8"}, {"channels": ("DAPI",)}],
    ids=["shape", "type", "channels"],
)
def test_an_acquisition_of_another_kind_is_another_recording(changed: dict[str, object]) -> None:
    with Listener(lambda endpoint: send(endpoint, info("first"), 3)) as listener:
        listener.frames(3)
        send(listener.endpoint, info("second", **changed), 2)
        later = listener.frames(2)
        assert [a.position.t for a in later] == [0, 1]
        assert len(listener.changes) == 1
        for name, value in changed.items():
            assert getattr(listener.stream, name) == value
        assert listener.stream.run_id == "the run"


def test_one_that_the_recorder_would_take_for_growth_does_not_write_over_the_earlier() -> None:
    with Listener(lambda endpoint: send(endpoint, info("first"), 3)) as listener:
        listener.frames(3)
        wider = info("second", channels=("channel 0", "DAPI"), size_z=2)
        send(listener.endpoint, wider, 2)
        later = listener.frames(2)
        assert [a.position.t for a in later] == [3, 4]
        assert later[0].new_epoch
        assert (listener.stream.channels, listener.stream.size_z) == (("channel 0", "DAPI"), 2)


def test_a_wider_one_is_another_recording_where_the_source_must_not_grow() -> None:
    first = info("first")
    with Listener(lambda endpoint: send(endpoint, first, 3), grows=False) as listener:
        listener.frames(3)
        send(listener.endpoint, info("second", channels=("channel 0", "DAPI")), 2)
        assert [a.position.t for a in listener.frames(2)] == [0, 1]
        assert listener.stream.channels == ("channel 0", "DAPI")


def test_the_first_acquisition_is_the_last_where_that_is_set() -> None:
    stream = info("first", expected_frames=3)
    with Listener(lambda endpoint: send(endpoint, stream, 3), acquisitions=1) as listener:
        send(listener.endpoint, info("second"), 2)
        assert len(listener.rest()) == 3
        assert listener.stream.expected_frames == 3


def test_frames_lost_at_the_end_count_before_the_next_acquisition() -> None:
    with Listener(Raw) as listener:
        sender = listener.sender
        sender.frame(0)
        sender.finish(acquired=5)
        sender.start(source="x", detail={"again": 1})
        sender.frame(0)
        sender.finish(acquired=7)
        assert [a.lost_before for a in listener.frames(2)] == [0, 4]
        listener.source.request_stop()
        assert listener.rest() == []
        assert listener.source.lost_at_end in (0, 6)  # 6 if its end was here before the stop


def test_frames_lost_at_the_very_end() -> None:
    with Listener(Raw, acquisitions=1) as listener:
        listener.sender.frame(0)
        listener.sender.finish(acquired=5)
        assert len(listener.rest()) == 1
        assert listener.source.lost_at_end == 4


def test_a_shape_that_changes_in_mid_run_is_another_recording() -> None:
    def begin(endpoint: str) -> Pusher:
        return Pusher(info(), endpoint=endpoint, linger_s=20.0)

    with Listener(begin, acquisitions=1) as listener:
        for number in range(3):
            listener.sender.send(picture(number))
        for number in range(2):
            listener.sender.send(picture(number, (4, 6), "uint8"))
        listener.sender.end()
        assert [a.position.t for a in listener.rest()] == [0, 1, 2, 0, 1]
        assert [(c.shape_yx, c.dtype) for c in listener.changes] == [((4, 6), "uint8")]
        assert listener.source.malformed == 0


def test_channels_planes_and_positions_are_added_where_they_are_announced_to_be() -> None:
    def begin(endpoint: str) -> Pusher:
        return Pusher(info(grows=True), endpoint=endpoint, linger_s=20.0)

    with Listener(begin, acquisitions=1) as listener:
        places = [position(0), position(0, c=2), position(0, z=4), position(0, p=1), position(1)]
        for number, place in enumerate(places):
            listener.sender.send(picture(number), place)
        listener.sender.end()
        assert [a.position for a in listener.rest()] == places
        assert [(len(c.channels), c.size_z, len(c.positions)) for c in listener.changes] == [
            (3, 1, 1),
            (3, 5, 1),
            (3, 5, 2),
        ]


def test_a_start_may_name_further_channels_of_a_run() -> None:
    stream = info(channels=("GFP",), grows=True)
    with Listener(lambda endpoint: Pusher(stream, endpoint=endpoint, linger_s=0.2)) as listener:
        listener.sender.send(picture(0))
        wider = StreamInfo(
            **{f: getattr(stream, f) for f in StreamInfo.__slots__} | {"channels": ("GFP", "DAPI")}
        )
        listener.sender.announce(wider)
        listener.sender.send(picture(1), position(0, c=1))
        arrivals = listener.frames(2)
        assert listener.stream.channels == ("GFP", "DAPI")
        assert [(a.position.c, a.new_epoch, a.lost_before) for a in arrivals] == [
            (0, False, 0),
            (1, False, 0),
        ]


def test_growth_is_refused_where_the_source_must_not_grow() -> None:
    stream = info(grows=True)
    with Listener(lambda e: Pusher(stream, endpoint=e, linger_s=0.2), grows=False) as listener:
        assert not listener.stream.grows
        listener.sender.send(picture(0), position(0, c=1))
        listener.sender.send(picture(1), position(1))
        arrival, _ = listener.frame()
        assert (arrival.position, arrival.lost_before) == (position(1), 1)
        assert listener.source.reasons == {"a position outside the announced axes": 1}


def test_the_cameras_new_sequence_is_passed_on() -> None:
    with Listener(Raw) as listener:
        for number, epoch in enumerate([4, 4, 5, 5]):
            listener.sender.frame(number, epoch=epoch, lost_before=number, skipped_before=2)
        arrivals = listener.frames(4)
        assert [a.new_epoch for a in arrivals] == [False, False, True, False]
        assert [a.lost_before for a in arrivals] == [0, 1, 2, 3]
        assert {a.skipped_before for a in arrivals} == {2}


def test_what_the_sender_says_of_the_stream_is_kept_but_for_its_clock() -> None:
    stream = info(
        "cells",
        pixel_size_um=0.1,
        started_wall_ns=7,
        started_monotonic_ns=-5,
        detail={"exposure_ms": 10},
    )
    with Listener(lambda endpoint: Pusher(stream, endpoint=endpoint, linger_s=0.2)) as listener:
        assert (listener.stream.shape_yx, listener.stream.pixel_size_um) == (SIZE, 0.1)
        assert listener.stream.detail == {"exposure_ms": 10, "push": {"run_id": "cells"}}
        assert listener.stream.started_wall_ns > 7
        assert listener.stream.started_monotonic_ns > 0
