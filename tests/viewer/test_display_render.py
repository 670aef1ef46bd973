from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from livecare.viewer.display.colours import (
    NOT_FINITE,
    SATURATED,
    ZERO,
    colour_table,
    difference_table,
)
from livecare.viewer.display.region import Region, whole_frame
from livecare.viewer.display.render import (
    colour_pixels,
    composite,
    difference_pixels,
    difference_scale,
)
from livecare.viewer.styles import COLOURS, Colour, Levels

Image = NDArray[Any]


GREY = colour_table("grey")


def frame(dtype: str, shape: tuple[int, int] = (257, 301), seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(dtype)


def by_hand(pixels: Image, levels: Levels, gamma: float, colour: Colour) -> tuple[Image, Image]:
    share = np.clip((pixels.astype(np.float64) - levels.low) / (levels.high - levels.low), 0, 1)
    return np.rint(255 * share**gamma), colour_table(colour)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("gamma", [1.0, 0.5, 1.7])
def test_a_pixel_gets_the_colour_of_its_brightness(
    dtype: str, colour: Colour, gamma: float
) -> None:
    pixels, levels = frame(dtype), Levels(20.5, 180.25)
    drawn = colour_pixels(pixels, whole_frame(pixels.shape), levels, gamma, colour, warnings=False)
    shades, table = by_hand(pixels, levels, gamma, colour)
    nearest = [table[np.clip(shades + off, 0, 255).astype(int)] for off in (-1, 0, 1)]
    assert drawn.dtype == np.uint32
    assert drawn.flags.c_contiguous
    if dtype == "float32" and gamma < 1:  # in dark places 4096 steps are coarser than shades
        bright = pixels > 30
        assert np.logical_or.reduce([drawn == each for each in nearest])[bright].all()
    else:
        assert np.logical_or.reduce([drawn == each for each in nearest]).all()
        assert (drawn == nearest[1]).mean() > 0.97


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_every_step_th_pixel_of_the_region_is_drawn_as_it_is(dtype: str) -> None:
    pixels = frame(dtype)
    draw = lambda region: colour_pixels(  # noqa: E731 - twice the same call
        pixels, region, Levels(0, 255), 1.0, "viridis", warnings=False
    )
    whole = draw(whole_frame(pixels.shape))
    region = Region(6, 250, 9, 301, 3)
    assert np.array_equal(draw(region), whole[6:250:3, 9:301:3])


def test_read_only_big_frames_of_any_layout_can_be_drawn() -> None:
    pixels = frame("uint16", (700, 900))
    pixels.setflags(write=False)
    straight = colour_pixels(
        pixels, whole_frame((700, 900)), Levels(0, 255), 1.0, "grey", warnings=False
    )
    turned = colour_pixels(
        pixels.T, whole_frame((900, 700)), Levels(0, 255), 1.0, "grey", warnings=False
    )
    assert np.array_equal(turned, straight.T)


def test_the_output_is_reused_where_it_fits() -> None:
    pixels, levels = frame("uint16"), Levels(0, 255)
    region = whole_frame(pixels.shape)
    out = np.zeros(pixels.shape, np.uint32)
    drawn = colour_pixels(pixels, region, levels, 1.0, "grey", warnings=False, out=out)
    other = colour_pixels(
        pixels, Region(0, 10, 0, 10), levels, 1.0, "grey", warnings=False, out=out
    )
    assert drawn is out
    assert other.shape == (10, 10)
    assert np.array_equal(other, out[:10, :10])


@pytest.mark.parametrize(
    ("dtype", "saturation", "marked"),
    [
        ("uint8", None, [255]),
        ("uint16", None, [65535]),
        ("uint16", 4095, [4095, 4096, 65535]),
        ("uint16", 70000, []),
        ("float32", None, []),
        ("float32", 4095.0, [4095, 4096, 65535]),
    ],
)
def test_warnings_mark_saturated_pixels_and_zeros_and_no_other(
    dtype: str, saturation: float | None, marked: list[int]
) -> None:
    values = [0, 1, 100, 254, 255] if dtype == "uint8" else [0, 1, 255, 4094, 4095, 4096, 65535]
    pixels = np.array([values], dtype)
    drawn = colour_pixels(
        pixels,
        whole_frame(pixels.shape),
        Levels(0, 65535),
        1.0,
        "grey",
        warnings=True,
        saturation=saturation,
    )[0]
    assert [value for value, each in zip(values, drawn, strict=True) if each == SATURATED] == marked
    assert [value for value, each in zip(values, drawn, strict=True) if each == ZERO] == [0]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_without_warnings_nothing_is_marked(dtype: str) -> None:
    full = 1e9 if dtype == "float32" else np.iinfo(dtype).max
    pixels = np.array([[0, full]], dtype)
    drawn = colour_pixels(pixels, whole_frame((1, 2)), Levels(0, 100), 1.0, "grey", warnings=False)
    assert drawn.tolist() == [[GREY[0], GREY[255]]]


@pytest.mark.parametrize("warnings", [False, True])
def test_what_is_no_number_or_infinite_is_always_marked(*, warnings: bool) -> None:
    pixels = frame("float32", (300, 300)) + 1
    odd = {(0, 0): np.nan, (150, 7): np.inf, (299, 299): -np.inf}
    for place, value in odd.items():
        pixels[place] = value
    drawn = colour_pixels(
        pixels, whole_frame((300, 300)), Levels(0, 255), 1.0, "grey", warnings=warnings
    )
    assert list(zip(*np.nonzero(drawn == NOT_FINITE), strict=True)) == list(odd)


def test_huge_floats_are_white_and_black_without_a_warning() -> None:
    pixels = np.array([[3e38, -3e38, 0.5]], np.float32)
    drawn = colour_pixels(pixels, whole_frame((1, 3)), Levels(0, 1e-3), 1.0, "grey", warnings=False)
    assert drawn.tolist() == [[GREY[255], GREY[0], GREY[255]]]


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_levels_without_a_span_still_part_dark_from_bright(dtype: str) -> None:
    pixels = np.array([[5, 7, 9]], dtype)
    drawn = colour_pixels(pixels, whole_frame((1, 3)), Levels(7, 7), 1.0, "grey", warnings=False)
    assert drawn[0, 0] == GREY[0]
    assert drawn[0, 2] == GREY[255]


def test_a_composite_adds_each_colour_up_to_full() -> None:
    red, green = (
        np.array([[0xFFF00010, 0xFF000001]], np.uint32),
        np.array([[0xFF20FF10, 0xFF000002]], np.uint32),
    )
    assert composite([red, green]).tolist() == [[0xFFFFFF20, 0xFF000003]]
    assert composite([red]).tolist() == red.tolist()
    kept = green.copy()
    composite([red, green], out=red)
    assert red.tolist() == [[0xFFFFFF20, 0xFF000003]]
    assert np.array_equal(green, kept)


def test_a_composite_is_the_sum_of_large_pictures() -> None:
    rng = np.random.default_rng(3)
    screens = [
        rng.integers(0, 1 << 24, (300, 500), dtype=np.uint32) | np.uint32(0xFF000000)
        for _ in range(3)
    ]
    whole = sum(each.view(np.uint8).astype(int) for each in screens)
    assert np.array_equal(composite(screens).view(np.uint8), np.minimum(whole, 255))


@pytest.mark.parametrize("raw_type", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("restored_type", ["uint16", "float32"])
def test_differences_are_orange_above_blue_below_and_black_between(
    raw_type: str, restored_type: str
) -> None:
    raw = np.array([[10, 20, 30, 25, 20]], raw_type)
    restored = np.array([[30, 20, 10, 20, 25]], restored_type)
    drawn = difference_pixels(raw, restored, whole_frame((1, 5)), 20)
    table = difference_table()
    assert drawn[0, :3].tolist() == [table[0], table[255], table[510]]
    assert drawn[0, 3] in table[318:321]
    assert drawn[0, 4] in table[190:193]


def test_differences_of_what_is_no_number_are_marked() -> None:
    raw = np.array([[1, 2]], np.uint16)
    restored = np.array([[np.nan, 2]], np.float32)
    assert difference_pixels(raw, restored, whole_frame((1, 2)), 5)[0, 0] == NOT_FINITE


def test_the_scale_of_differences_holds_nearly_all_of_them() -> None:
    rng = np.random.default_rng(0)
    restored = np.full((600, 600), 1000, np.uint16)
    raw = (restored + np.rint(rng.normal(0, 10, restored.shape))).astype(np.uint16)
    raw[5, 5] = 60000
    assert difference_scale(raw, restored) == pytest.approx(28, abs=2)


def test_the_scale_of_no_difference_is_still_above_zero() -> None:
    same = np.full((40, 40), np.nan, np.float32)
    assert difference_scale(same, same) == 1.0
    assert difference_scale(np.ones((4, 4), np.uint8), np.ones((4, 4), np.uint8)) == 1.0
