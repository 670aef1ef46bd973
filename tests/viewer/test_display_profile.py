import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.viewer.display.profile import profile
from livecare.viewer.display.trace import Trace, TracePoint, region_mean

Place = tuple[float, float]


RNG = np.random.default_rng(2)
PLACES = st.tuples(st.floats(-60, 90), st.floats(-60, 90))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_values_are_the_stored_ones_bit_for_bit(dtype: str) -> None:
    pixels = RNG.uniform(0, 255, (40, 50)).astype(dtype)
    pixels.setflags(write=False)
    line = profile(pixels, (3.2, 4.9), (31.0, 47.7))
    assert line.values.dtype == pixels.dtype
    assert line.values.tobytes() == pixels[line.rows, line.columns].tobytes()
    assert (line.rows[0], line.columns[0]) == (3, 4)
    assert (line.rows[-1], line.columns[-1]) == (31, 47)
    assert line.distances_px[0] == 0
    assert line.distances_px[-1] == pytest.approx(np.hypot(28, 43))


def test_a_known_line() -> None:
    line = profile(np.zeros((9, 9), np.uint8), (0, 0), (2, 5))
    found = list(zip(line.rows.tolist(), line.columns.tolist(), strict=True))
    assert found == [(0, 0), (0, 1), (1, 2), (1, 3), (2, 4), (2, 5)]


def test_a_point_is_one_pixel() -> None:
    line = profile(np.eye(3, dtype=np.uint8), (1.1, 1.8), (1.9, 1.2))
    assert line.values.tolist() == [1]
    assert line.distances_px.tolist() == [0]


@given(PLACES, PLACES)
def test_a_line_has_no_gap_goes_nowhere_twice_and_is_the_same_from_its_other_end(
    start: Place, end: Place
) -> None:
    pixels = np.arange(30 * 40, dtype=np.uint16).reshape(30, 40)
    line = profile(pixels, start, end)
    assert len(line.rows) == len(line.columns) == len(line.values) == len(line.distances_px)
    assert (np.diff(line.distances_px) > 0).all()
    longest = np.maximum(np.abs(np.diff(line.rows)), np.abs(np.diff(line.columns)))
    assert (longest == 1).all()
    assert np.array_equal(line.values, pixels[line.rows, line.columns])
    back = profile(pixels, end, start)
    assert abs(len(back.values) - len(line.values)) <= 2


@given(PLACES, PLACES)
def test_every_pixel_is_within_half_a_pixel_of_the_line(start: Place, end: Place) -> None:
    line = profile(np.zeros((90, 90), np.uint8), start, end)
    (y0, x0), (y1, x1) = np.floor(start), np.floor(end)
    steep = abs(y1 - y0) >= abs(x1 - x0)
    if steep and y1 != y0:
        expected = x0 + (line.rows - y0) * (x1 - x0) / (y1 - y0)
        assert np.abs(line.columns - expected).max(initial=0) <= 0.5
    elif x1 != x0:
        expected = y0 + (line.columns - x0) * (y1 - y0) / (x1 - x0)
        assert np.abs(line.rows - expected).max(initial=0) <= 0.5


def test_a_line_outside_of_the_frame_has_no_pixel() -> None:
    line = profile(np.zeros((5, 5), np.uint16), (-9, -9), (-1, 30))
    assert line.values.shape == (0,)


def test_a_mean_is_that_of_the_stored_pixels_in_double_precision() -> None:
    pixels = RNG.uniform(1e6, 2e6, (300, 300)).astype(np.float32)
    exact = sum(float(each) for each in pixels[10:250, 20:260].ravel()) / (240 * 240)
    assert region_mean(pixels, (10, 20, 250, 260)) == pytest.approx(exact, rel=1e-14)


def test_a_mean_leaves_out_what_is_beyond_the_frame() -> None:
    pixels = np.array([[1, 2], [3, 250]], np.uint8)
    assert region_mean(pixels, (-5, 1, 1, 9)) == 2.0
    assert region_mean(pixels, (0, 0, 2, 2)) == 64.0


@pytest.mark.parametrize("region", [(0, 0, 0, 5), (3, 3, 2, 2), (-5, -5, -1, -1), (9, 0, 12, 4)])
def test_a_mean_of_nothing_is_none(region: tuple[int, int, int, int]) -> None:
    assert region_mean(np.ones((4, 4), np.uint16), region) is None


def test_a_trace_joins_what_comes_of_one_frame_and_is_in_order() -> None:
    trace = Trace()
    trace.add(TracePoint(5, 0.5, raw=1.0))
    trace.add(TracePoint(4, 0.4, raw=2.0))
    trace.add(TracePoint(5, 0.5, restored=3.0))
    assert trace.points == (TracePoint(4, 0.4, 2.0), TracePoint(5, 0.5, 1.0, 3.0))
    seconds, raw, restored = trace.curves()
    assert seconds.tolist() == [0.4, 0.5]
    assert raw.tolist() == [2.0, 1.0]
    assert np.isnan(restored[0])
    assert restored[1] == 3.0


def test_a_trace_keeps_the_newest_points_and_no_more() -> None:
    trace = Trace(most=10)
    for sequence in range(1000):
        trace.add(TracePoint(sequence, sequence / 10))
    assert [each.sequence for each in trace.points] == list(range(990, 1000))
    trace.add(TracePoint(3, 0.3))
    assert trace.points[0].sequence == 990


def test_a_new_trace_is_empty() -> None:
    assert len(Trace()) == 0
    assert Trace().curves().shape == (3, 0)
