"""Clocks that are set while senders come: what came before anybody listened is told all the same;
and senders that die.
"""

import time

import pytest
from push_bench import Listener, Raw

from livecare.sources.push import roster

HOUR_NS = 3600 * 10**9


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
def test_a_clock_set_back_makes_no_sender_older(
    monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    """Frames that a sender lost at its beginning are lost; those that nobody listened to are not.

    The sender has this machine's clocks: the one that is set says that it began an hour ago.
    """
    with Listener(Raw) as listener:
        real_ns = time.time_ns
        monkeypatch.setattr(roster.time, "time_ns", lambda: real_ns() - HOUR_NS)
        began_ns = time.perf_counter_ns() - (HOUR_NS if before else 0)
        apart_ns = roster.time.time_ns() - time.perf_counter_ns()
        late = Raw(listener.endpoint, announce=False, run_id="late")
        late.start(started_wall_ns=began_ns + apart_ns, started_monotonic_ns=began_ns)
        late.frame(5)
        late.frame(6)
        lost = [arrival.lost_before for arrival in listener.frames(2)]
        late.end()
    assert lost == ([0, 0] if before else [5, 0])


def test_a_sender_of_another_machine_is_told_by_its_wall_clock() -> None:
    with Listener(Raw) as listener:
        late = Raw(listener.endpoint, announce=False, run_id="late")
        late.start(started_wall_ns=time.time_ns() - HOUR_NS, started_monotonic_ns=17)
        late.frame(5)
        assert listener.frame()[0].lost_before == 0
        late.end()


def test_a_sender_that_dies_without_an_end_is_named() -> None:
    with Listener(Raw) as listener:
        for number in range(2):
            listener.sender.frame(number)
        listener.frames(2)
        listener.sender.end()  # its connection, not its acquisition
        listener.await_nobody()
        listener.source.request_stop()
        assert listener.rest() == []
        assert "'plain' was gone after frame 1 without an end" in str(listener.source.problem)


def test_only_some_of_many_dead_senders_are_named() -> None:
    with Listener(Raw) as listener:
        listener.sender.frame(0)
        listener.frame()
        listener.sender.end()
        for number in range(5):
            next_one = Raw(listener.endpoint, run_id=f"number {number}")
            next_one.frame(0)
            listener.frame()
            next_one.end()
        listener.source.request_stop()
        assert listener.rest() == []
        problem = str(listener.source.problem)
        assert "number 1" in problem
        # the last one's end may be seen or not before the source stops
        assert problem.endswith(("and 2 more", "and 3 more"))
