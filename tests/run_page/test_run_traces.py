"""Curves and examples of runs of any length."""

from livecare.run_page.trace import MOST_KEPT, MOST_POINTS, Sample, Trace
from livecare.sinks.frame_line import FrameLine, FramePlace


def line_of(sequence: int) -> FrameLine:
    return FrameLine(sequence, sequence, 0, 0, 0, FramePlace("s", 0, 4, 0))


def test_a_short_trace_has_every_value() -> None:
    trace = Trace()
    for sequence, value in ((2, 5.0), (0, 1.0), (1, 3.0)):
        trace.add(sequence, sequence / 10, value)
    assert trace.means() == ([0.0, 0.1, 0.2], [1.0, 3.0, 5.0])
    assert trace.tops() == trace.means()
    assert trace.frames_per_point == 1


def test_a_long_trace_has_a_bounded_number_of_points_and_keeps_its_extremes() -> None:
    frames = 50_000
    trace = Trace()
    for sequence in (*range(1, frames, 2), *range(0, frames, 2)):  # half of it afterwards
        trace.add(sequence, float(sequence), 99.0 if sequence == 31_337 else 1.0)
    times, tops = trace.tops()
    assert MOST_POINTS <= len(times) <= 2 * MOST_POINTS
    assert times == sorted(times)
    assert tops.count(99.0) == 1
    assert abs(times[tops.index(99.0)] - 31_337) <= trace.frames_per_point
    _, means = trace.means()
    assert max(means) == 1 + 98 / trace.frames_per_point


def test_frames_of_a_point_are_its_own_and_not_those_of_other_channels() -> None:
    trace = Trace()
    for sequence in range(0, 8 * MOST_POINTS, 4):  # one of four channels
        trace.add(sequence, float(sequence), 1.0)
    assert trace.frames_per_point == 1
    for sequence in range(8 * MOST_POINTS, 16 * MOST_POINTS, 4):
        trace.add(sequence, float(sequence), 1.0)
    assert len(trace.means()[0]) * trace.frames_per_point == 4 * MOST_POINTS


def test_a_sample_has_first_middle_and_last_in_whatever_order_they_come() -> None:
    frames = 20_001
    sample = Sample()
    for sequence in reversed(range(frames)):
        sample.add(line_of(sequence))
    picks = {name: line.sequence for name, line in sample.picks().items()}
    assert picks["first"] == 0
    assert picks["last"] == frames - 1
    assert abs(picks["middle"] - frames / 2) < frames / MOST_KEPT
    assert list(picks) == ["first", "middle", "last"]


def test_a_sample_of_few() -> None:
    sample = Sample()
    assert sample.picks() == {}
    sample.add(line_of(7))
    assert [(name, line.sequence) for name, line in sample.picks().items()] == [("first", 7)]
    sample.add(line_of(9))
    assert list(sample.picks()) == ["first", "last"]
