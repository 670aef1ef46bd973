import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from livecare.viewer.display.region import Region, visible_region, whole_frame

LENGTHS = st.integers(1, 5000)
EDGES = st.floats(-1e5, 1e5)


def test_a_whole_frame_on_a_screen_of_its_size_is_drawn_pixel_for_pixel() -> None:
    assert visible_region((512, 640), (0, 0, 512, 640), (512, 640)) == whole_frame((512, 640))


def test_a_frame_of_twice_the_screen_is_drawn_with_every_second_pixel() -> None:
    region = visible_region((2048, 2048), (0, 0, 2048, 2048), (1000, 1000))
    assert region == Region(0, 2048, 0, 2048, 2)
    assert region.drawn_yx == (1024, 1024)


def test_a_part_is_drawn_alone_with_the_pixels_that_it_cuts() -> None:
    region = visible_region((2048, 2048), (100.5, 200.2, 164.1, 300.9), (1000, 1000))
    assert region == Region(100, 165, 200, 301, 1)


def test_panning_keeps_to_the_same_pixels() -> None:
    drawn = [
        visible_region((4096, 4096), (top, 0, top + 3000, 3000), (1000, 1000))
        for top in np.arange(0.0, 50.0, 0.7)
    ]
    assert {region.step for region in drawn} == {3}
    assert {region.y0 % 3 for region in drawn} == {0}


def test_zooming_stays_the_same_where_the_view_leaves_the_frame() -> None:
    inside = visible_region((1000, 1000), (0, 0, 900, 900), (300, 300))
    beyond = visible_region((1000, 1000), (-800, -800, 100, 100), (300, 300))
    assert inside.step == beyond.step == 3
    assert beyond.slices == (slice(0, 102, 3), slice(0, 102, 3))


@given(
    st.tuples(LENGTHS, LENGTHS),
    st.tuples(EDGES, EDGES, EDGES, EDGES),
    st.tuples(st.integers(0, 4000), st.integers(0, 4000)),
)
def test_what_is_drawn_is_within_the_frame_and_never_empty(
    shape: tuple[int, int], edges: tuple[float, float, float, float], screen: tuple[int, int]
) -> None:
    top, left, bottom, right = edges
    region = visible_region(shape, (min(top, bottom), left, max(top, bottom), right), screen)
    seen = np.broadcast_to(np.uint8(0), shape)[region.slices]
    assert 0 <= region.y0 < region.y1 <= shape[0]
    assert 0 <= region.x0 < region.x1 <= shape[1]
    assert seen.shape == region.drawn_yx
    assert seen.size > 0
    assert region.y0 % region.step == region.x0 % region.step == 0
    assert all(
        covered >= end - start
        for covered, start, end in zip(
            region.covered_yx, (region.y0, region.x0), (region.y1, region.x1), strict=True
        )
    )


@given(st.tuples(LENGTHS, LENGTHS), st.integers(1, 4000))
def test_no_more_is_drawn_than_four_times_the_screen(shape: tuple[int, int], screen: int) -> None:
    """Up to twice as many along each axis: below that every pixel is drawn."""
    region = visible_region(shape, (0, 0, *shape), (screen, screen))
    assert max(region.drawn_yx) <= 2 * screen
