import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.viewer.display.scale_bar import choose_bar


@pytest.mark.parametrize(
    ("pixel_size_um", "zoom", "max_px", "label", "length_px"),
    [
        (0.1, 1.0, 250, "20 µm", 200),
        (0.1, 2.0, 250, "10 µm", 200),
        (0.065, 1.0, 100, "5 µm", 5 / 0.065),
        (0.01, 40.0, 90, "20 nm", 80),
        (0.0001, 1.0, 100, "10 nm", 100),
        (6.5, 0.1, 200, "10 mm", 10000 / 6.5 * 0.1),
        (1.0, 1.0, 999, "500 µm", 500),
        (1.0, 1.0, 1000, "1 mm", 1000),
    ],
)
def test_bars(
    pixel_size_um: float | None, zoom: float, max_px: float, label: str, length_px: float
) -> None:
    bar = choose_bar(pixel_size_um, zoom, max_px)
    assert bar.label == label
    assert bar.length_px == pytest.approx(length_px)
    assert bar.length_um == pytest.approx(length_px * pixel_size_um / zoom)


@pytest.mark.parametrize("unknown", [None, 0.0, -1.0, math.nan, math.inf])
def test_without_a_pixel_size_the_bar_counts_pixels(unknown: float | None) -> None:
    bar = choose_bar(unknown, 0.5, 120)
    assert (bar.label, bar.length_um, bar.length_px) == ("200 px", None, 100)


def test_a_bar_of_pixels_is_never_a_part_of_one() -> None:
    assert choose_bar(None, 300.0, 120).label == "1 px"


@given(st.floats(1e-4, 100), st.floats(0.01, 100), st.floats(10, 4000))
def test_a_bar_fits_and_is_as_long_as_it_can(
    pixel_size_um: float | None, zoom: float, max_px: float
) -> None:
    bar = choose_bar(pixel_size_um, zoom, max_px)
    assert 0.39 * max_px <= bar.length_px <= max_px * (1 + 1e-6)
    digit = bar.length_um / 10 ** math.floor(math.log10(bar.length_um * (1 + 1e-9)))
    assert any(digit == pytest.approx(each) for each in (1, 2, 5))
    number, unit = bar.label.split()
    assert float(number) * {"nm": 1e-3, "µm": 1, "mm": 1e3}[unit] == pytest.approx(bar.length_um)
