"""Several senders, senders that die, and receivers that come late."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from push_bench import ANY_PORT, Listener, Raw, info, picture

from livecare.client import Pusher
from livecare.errors import StoppedError, UsageError
from livecare.sources.protocol import NoFrame
from livecare.sources.push import PushSettings, PushSource

ENDLESS = Path(__file__).with_name("push_endless.py")


def pusher(endpoint: str, run_id: str, **changes: object) -> Pusher:
    return Pusher(info(run_id, **changes), endpoint=endpoint, linger_s=0.2)


def test_two_cameras_are_channels_of_one_recording() -> None:
    with Listener(lambda endpoint: pusher(endpoint, "left", source="left")) as listener:
        left = listener.sender
        left.send(picture(0))
        listener.frames(1)
        with pusher(listener.endpoint, "right", source="right") as right:
            right.send(picture(100))
            joined, pixels = listener.frame()
            assert listener.stream.channels == ("channel 0", "right channel 0")
            assert ((joined.position.t, joined.position.c), pixels[0, 0]) == ((0, 1), 100)
            left.send(picture(1))
            right.send(picture(101))
            both = {
                (a.position.t, a.position.c): p[0, 0]
                for a, p in (listener.frame(), listener.frame())
            }
            assert both == {(1, 0): 1, (1, 1): 101}
        left.end()
        assert not joined.new_epoch
        assert listener.source.malformed == 0


def test_a_camera_that_is_started_again_takes_its_channel_again() -> None:
    with Listener(lambda endpoint: pusher(endpoint, "left", source="left")) as listener:
        listener.sender.send(picture(0))
        with pusher(listener.endpoint, "right", source="right") as right:
            right.send(picture(1))
            listener.frames(2)
        with pusher(listener.endpoint, "right again", source="right") as right:
            right.send(picture(2))
            arrival, _ = listener.frame()
        assert (arrival.position.t, arrival.position.c, arrival.new_epoch) == (1, 1, True)
        assert len(listener.stream.channels) == 2


def test_a_second_stream_that_does_not_fit_is_refused_and_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Listener(lambda endpoint: pusher(endpoint, "left")) as listener:
        with pusher(listener.endpoint, "right", shape_yx=(4, 6)) as right:
            for number in range(3):
                right.send(picture(number, (4, 6)))
            listener.settle(4)
        listener.sender.send(picture(9))
        arrival, _ = listener.frame()
        assert arrival.lost_before == 0
        assert listener.source.reasons["of a second stream that does not fit the first"] == 1
        assert listener.source.reasons["of a run that has not started"] >= 3
    said = capsys.readouterr()
    assert (said.out + said.err).count("run a second livecare for it") == 1


def test_a_second_camera_is_refused_where_the_source_must_not_grow() -> None:
    with Listener(lambda endpoint: pusher(endpoint, "left"), grows=False) as listener:
        with pusher(listener.endpoint, "right"):
            listener.settle(1)
        assert listener.stream.channels == ("channel 0",)


def endless(endpoint: str, run_id: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(ENDLESS), endpoint, run_id])


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(30)


@pytest.mark.parametrize("second", ["cells", "cells after the crash"])
def test_a_killed_sender_that_is_started_again_goes_on_as_a_new_epoch(second: str) -> None:
    with Listener(lambda endpoint: endless(endpoint, "cells")) as listener:
        listener.frames(20)
        kill(listener.sender)
        again = endless(listener.endpoint, second)
        try:
            arrivals = listener.frames(1)
            while not arrivals[-1].new_epoch:
                arrivals += listener.frames(1)
            after = listener.frames(5)
        finally:
            kill(again)
        times = [a.position.t for a in arrivals + after]
        assert times == sorted(set(times))
        assert after[-1].camera_index == 5  # the new sender's own count
        assert listener.changes == []
        assert not any(a.new_epoch for a in after)


def test_a_sender_without_clocks_that_says_the_same_start_again_may_have_begun_anew() -> None:
    with Listener(Raw) as listener:
        listener.sender.frame(0)
        listener.sender.frame(1)
        listener.sender.start()  # the same bytes: said again, and it goes on
        listener.sender.frame(2)
        listener.sender.start()  # the same bytes, but then it counts from 0
        listener.sender.frame(0)
        listener.sender.frame(1)
        arrivals = listener.frames(5)
        assert [a.position.t for a in arrivals] == [0, 1, 2, 3, 4]
        assert [a.new_epoch for a in arrivals] == [False, False, False, True, False]
        assert listener.source.malformed == 0


def test_a_silent_sender_ends_its_acquisition_only_where_that_is_set() -> None:
    with Listener(lambda e: endless(e, "cells"), silent_s=0.3, acquisitions=1) as listener:
        listener.frames(3)
        kill(listener.sender)
        listener.rest()
        assert "was silent for 0.3 s and sent no end" in listener.source.problem


def test_a_sender_that_is_only_slow_is_not_given_up() -> None:
    with Listener(Raw) as listener:
        listener.sender.frame(0)
        listener.frames(1)
        pixels = np.empty(listener.stream.shape_yx, listener.stream.dtype)
        assert listener.source.read_into(pixels, 0.3) is NoFrame.WAITING
        listener.sender.frame(1)
        assert listener.frame()[0].position.t == 1


def test_what_came_before_the_start_is_counted_as_lost() -> None:
    with Listener(lambda e: pusher(e, "first")) as listener:
        listener.sender.end()
        late = Raw(listener.endpoint, announce=False)
        for number in range(40, 43):
            late.frame(number)
        late.start()
        late.frame(43)
        arrival, _ = listener.frame()
        late.end()
        assert arrival.lost_before == 3
        assert listener.source.reasons["of a run that has not started"] == 3


def test_a_receiver_that_is_started_again_goes_on_in_mid_run() -> None:
    with Listener(lambda e: pusher(e, "cells")) as listener:
        endpoint, sender = listener.endpoint, listener.sender
        for number in range(3):
            sender.send(picture(number))
        listener.frames(3)
        listener.sender = None
    over = threading.Event()

    def go_on(_: str) -> None:
        def send() -> None:
            while not over.wait(0.01):
                sender.send(picture(0))

        threading.Thread(target=send).start()

    with Listener(go_on, endpoint=endpoint) as later:
        arrivals = later.frames(5)
        over.set()
        assert arrivals[0].camera_index is None
        refused = later.source.malformed
        assert arrivals[0].lost_before in (0, refused)
        assert not any(a.lost_before for a in arrivals[1:])
    sender.end()


def test_a_stop_wakes_a_source_that_waits_for_the_first_start() -> None:
    listening = threading.Event()
    source = PushSource(PushSettings(endpoint=ANY_PORT), on_listening=lambda _: listening.set())
    stopper = threading.Thread(target=lambda: listening.wait(30) and source.request_stop())
    stopper.start()
    with pytest.raises(StoppedError, match="before any sender"):
        source.open("run")
    stopper.join()
    source.close()


def test_a_stop_before_it_is_opened_is_remembered() -> None:
    source = PushSource(PushSettings(endpoint=ANY_PORT))
    source.request_stop()
    with pytest.raises(StoppedError):
        source.open("run")


def test_a_stop_wakes_a_reader_and_lets_waiting_frames_through() -> None:
    with Listener(Raw) as listener:
        listener.sender.frame(0)
        listener.frames(1)
        pixels = np.empty(listener.stream.shape_yx, listener.stream.dtype)
        threading.Timer(0.05, listener.source.request_stop).start()
        assert listener.source.read_into(pixels, 100.0) is NoFrame.ENDED


def test_a_taken_port_is_named_with_its_cure() -> None:
    with Listener(Raw) as listener:
        second = PushSource(PushSettings(endpoint=listener.endpoint))
        with pytest.raises(UsageError, match="set endpoint to another one"):
            second.open("run")
        second.close()


def test_a_slow_reader_loses_what_the_queues_cannot_hold_and_counts_it_exactly() -> None:
    big = (512, 512)
    stream = info(shape_yx=big)

    def begin(endpoint: str) -> Pusher:
        return Pusher(stream, endpoint=endpoint, queue_frames=4, linger_s=20.0)

    with Listener(begin, buffer_frames=4, acquisitions=1) as listener:
        image = picture(0, big)
        for _ in range(100):
            listener.sender.send(image)
        dropped = listener.sender.dropped
        ended = threading.Thread(target=listener.sender.end)
        ended.start()
        arrivals = listener.rest()
        ended.join()
        assert dropped > 0
        assert len(arrivals) == listener.sender.sent
        lost = sum(a.lost_before for a in arrivals) + listener.source.lost_at_end
        assert (lost, len(arrivals) + lost) == (dropped, 100)
