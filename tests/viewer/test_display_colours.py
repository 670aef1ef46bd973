from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from livecare.viewer.display.colours import LEGEND, Screen, colour_table, difference_table
from livecare.viewer.styles import COLOURS, Colour

Image = NDArray[Any]


def parts(table: Screen) -> Image:
    return np.stack([(table >> shift) & 0xFF for shift in (16, 8, 0)]).astype(float)


def brightness(table: Screen) -> Image:
    """How bright a colour is to the eye (BT.709 luminance of linear light)."""
    linear = (parts(table) / 255) ** 2.2
    return np.array([0.2126, 0.7152, 0.0722]) @ linear


@pytest.mark.parametrize("colour", COLOURS)
def test_a_table_is_opaque_and_brighter_with_each_value(colour: Colour) -> None:
    table = colour_table(colour)
    bright = brightness(table) * (-1 if colour == "inverted" else 1)
    assert table.shape == (256,)
    assert (table >> 24 == 0xFF).all()
    assert (bright[3:] - bright[:-3] > 0).all()
    assert np.diff(bright).min() > -0.0005  # viridis in whole numbers, as its authors' own


def test_plain_colours_go_from_black_to_full() -> None:
    assert [f"{colour_table(each)[-1]:08x}" for each in ("grey", "magenta", "green", "cyan")] == [
        "ffffffff",
        "ffff00ff",
        "ff00ff00",
        "ff00ffff",
    ]
    assert colour_table("grey")[0] == colour_table("inverted")[-1] == 0xFF000000
    assert colour_table("grey")[100] == 0xFF646464


def test_magenta_and_green_add_up_to_grey() -> None:
    assert np.array_equal(colour_table("magenta") | colour_table("green"), colour_table("grey"))


def test_viridis_is_the_published_one() -> None:
    """Colours 0, 1, 64, 127, 128, 191, 254 and 255 of its authors' table, to 1/255."""
    places = [0, 1, 64, 127, 128, 191, 254, 255]
    published = np.array(
        [
            [0.267004, 0.004874, 0.329415],
            [0.268510, 0.009605, 0.335427],
            [0.229739, 0.322361, 0.545706],
            [0.127568, 0.566949, 0.550556],
            [0.128729, 0.563265, 0.551229],
            [0.360741, 0.785964, 0.387814],
            [0.983868, 0.904867, 0.136897],
            [0.993248, 0.906157, 0.143936],
        ]
    )
    found = parts(colour_table("viridis")[places]).T
    assert np.abs(found - 255 * published).max() < 1.6


def test_differences_are_black_in_the_middle_and_alike_in_brightness_on_both_sides() -> None:
    bright = brightness(difference_table())
    middle = len(bright) // 2
    assert len(bright) % 2 == 1
    assert bright.argmin() == middle
    assert bright[middle] < 0.01
    assert (bright[middle + 2 :] - bright[middle:-2] > 0).all()
    assert 0.7 < bright[0] / bright[-1] < 1.4


def test_warnings_are_no_colours_of_a_table() -> None:
    for colour in COLOURS:
        found = parts(colour_table(colour))
        for _, warning in LEGEND:
            far = np.abs(found - parts(np.array([warning]))).max(axis=0)
            assert far.min() > 20, (colour, hex(warning))


def test_tables_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        colour_table("grey")[0] = 0
