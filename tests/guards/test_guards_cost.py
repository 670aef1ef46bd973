"""What the benchmark of guards charges them with, on clocks that are made up."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from guards_cost import Stopwatch, Turns


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_stopwatch_stands_still_unless_it_is_let_run() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    for _ in range(2):
        with watch.running():
            clock.now_s += 2.0
            assert watch() % 2 == 0
        clock.now_s += 100.0
    assert watch() == 4.0


@pytest.mark.parametrize("frame_s", [0.02, 0.4])
def test_what_comes_now_and_then_is_charged_as_often_as_in_a_live_run(frame_s: float) -> None:
    """Of large frames it comes in every other turn or so, of small ones several times in one."""
    clock, each_s, rare_s, rest_s = Clock(), 0.1 * frame_s, 0.6, 27.0
    turns = Turns(clock)
    earliest_s = 0.0

    def restore(_: int) -> None:
        clock.now_s += frame_s

    def look(_: int) -> None:
        nonlocal earliest_s
        clock.now_s += each_s
        if turns.watched() >= earliest_s:
            clock.now_s += rare_s
            turns.rounds += 1
            earliest_s = turns.watched() + rest_s

    alone_s, both_s = turns.means_s(restore, look, 16, 60.0)

    assert alone_s == pytest.approx(frame_s)
    often = frame_s + each_s
    assert both_s - alone_s == pytest.approx(each_s + rare_s * often / rest_s, rel=0.01)
    assert turns.rounds == 4  # what began, and three in a minute and more
