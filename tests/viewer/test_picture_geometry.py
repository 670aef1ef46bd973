import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.viewer.picture.shapes import Shapes
from livecare.viewer.picture.tools import Line, Rectangle, first_line, first_rectangle, grab
from livecare.viewer.picture.viewport import LEAST_ZOOM, Viewport, fit

sides = st.integers(1, 5000)
lengths = st.floats(1, 4000)
steps = st.floats(-9000, 9000)


@given(st.tuples(sides, sides), st.tuples(lengths, lengths))
def test_the_whole_frame_is_seen_and_touches_two_edges(
    shape_yx: tuple[int, int], size_yx: tuple[float, float]
) -> None:
    top, left, bottom, right = fit(shape_yx, size_yx).seen(size_yx)
    assert top <= 1e-6
    assert left <= 1e-6
    assert bottom >= shape_yx[0] - 1e-6
    assert right >= shape_yx[1] - 1e-6
    assert min(abs(top), abs(left)) < 1e-6


@given(st.floats(0.01, 50), st.tuples(st.floats(0, 400), st.floats(0, 600)))
def test_coming_closer_keeps_the_pixel_under_the_mouse(
    factor: float, at_yx: tuple[float, float]
) -> None:
    size_yx, shape_yx = (400.0, 600.0), (400, 600)  # fits at a zoom of 1
    before = fit(shape_yx, size_yx)
    after = before.zoomed(factor, at_yx, size_yx, shape_yx)
    assert not after.fitted
    assert 0.25 <= after.zoom <= 100
    held = before.to_frame(at_yx, size_yx)
    if after.zoom >= 1:  # further away, the frame's middle is kept near
        assert after.to_pane(held, size_yx) == pytest.approx(at_yx, abs=1e-6)


@given(st.tuples(steps, steps))
def test_the_frame_cannot_be_lost_by_moving(by_yx: tuple[float, float]) -> None:
    moved = Viewport((50, 50), 2.0, fitted=False).moved(by_yx, (100, 80))
    assert 0 <= moved.centre_yx[0] <= 100
    assert 0 <= moved.centre_yx[1] <= 80


def test_a_frame_of_one_pixel_can_be_left_and_found_again() -> None:
    size_yx, shape_yx = (500.0, 400.0), (1, 1)
    fitted = fit(shape_yx, size_yx)
    assert fitted.zoom == 400
    away = fitted.zoomed(1e-6, (250, 200), size_yx, shape_yx)
    assert away.zoom == LEAST_ZOOM, "1:1 can always be reached"
    assert away.zoomed(1e6, (250, 200), size_yx, shape_yx).zoom == 400


@given(st.sampled_from(["start", "end", "body"]), st.tuples(steps, steps))
def test_a_dragged_line_stays_on_whole_pixels_of_the_frame(
    grip: str, by_yx: tuple[float, float]
) -> None:
    line = Line((10, 20), (40, 5))
    dragged = line.dragged(grip, by_yx, (50, 60))  # type: ignore[arg-type]
    for y, x in (dragged.start, dragged.end):
        assert isinstance(y, int)
        assert isinstance(x, int)
        assert 0 <= y < 50
        assert 0 <= x < 60
    if grip == "body":
        assert dragged.end[0] - dragged.start[0] == 30
        assert dragged.end[1] - dragged.start[1] == -15
    elif grip == "start":
        assert dragged.end == line.end


corners = st.sampled_from(["top left", "top right", "bottom left", "bottom right", "body"])


@given(corners, st.tuples(steps, steps))
def test_a_dragged_rectangle_is_never_empty_and_stays_on_the_frame(
    grip: str, by_yx: tuple[float, float]
) -> None:
    rectangle = Rectangle(10, 20, 30, 25).dragged(grip, by_yx, (50, 60))  # type: ignore[arg-type]
    assert 0 <= rectangle.y0 < rectangle.y1 <= 50
    assert 0 <= rectangle.x0 < rectangle.x1 <= 60
    if grip == "body":
        assert (rectangle.y1 - rectangle.y0, rectangle.x1 - rectangle.x0) == (20, 5)


def test_handles_are_taken_before_what_is_between_them() -> None:
    line, rectangle = Line((10, 10), (10, 50)), Rectangle(20, 20, 40, 60)
    assert grab(line, (11.0, 12.0), 3) == "start"
    assert grab(line, (12.0, 30.0), 3) == "body"
    assert grab(line, (20.0, 30.0), 3) is None
    assert grab(rectangle, (41.0, 61.0), 3) == "bottom right"
    assert grab(rectangle, (21.0, 40.0), 3) == "body"
    assert grab(rectangle, (30.0, 40.0), 3) is None, "its inside is free to move the picture by"
    shapes = Shapes()
    shapes.put(Line((20, 0), (20, 59)), (60, 60))
    shapes.put(rectangle, (60, 60))
    held = shapes.hold((20.0, 20.0), 3)
    assert held is not None
    assert (held.name, held.grip) == ("region", "top left")


def test_shapes_come_onto_a_frame_of_another_size() -> None:
    shapes = Shapes()
    shapes.put(Line((10, 10), (90, 95)), (100, 100))
    shapes.put(Rectangle(50, 60, 90, 95), (100, 100))
    shapes.keep_within((40, 70))
    assert shapes.line == Line((10, 10), (39, 69))
    assert shapes.region == Rectangle(39, 60, 40, 70)
    shapes.remove("line")
    assert shapes.line is None


@pytest.mark.parametrize("shape_yx", [(1, 1), (1, 700), (3, 2), (513, 771)])
def test_a_first_shape_fits_any_frame(shape_yx: tuple[int, int]) -> None:
    view_yx = (-5.0, -5.0, shape_yx[0] + 5.0, shape_yx[1] + 5.0)
    line, rectangle = first_line(view_yx, shape_yx), first_rectangle(view_yx, shape_yx)
    assert line == line.within(shape_yx)
    assert rectangle == rectangle.within(shape_yx)
