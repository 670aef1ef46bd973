"""Knows how a picture for a talk or a notebook is laid out: panels, a scale bar, and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.viewer.display.colours import OPAQUE, Screen
from livecare.viewer.display.scale_bar import choose_bar

BACKGROUND: Final = OPAQUE | 0x101214
"""Colour of what is no picture."""
FOREGROUND: Final = OPAQUE | 0xF2F2F2
"""Colour of the scale bar."""
LEAST_LINE_PX: Final = 20
"""Least height of a line of text: legible at full size."""
LINES_PER_PICTURE: Final = 40
"""Lines of text as high as a picture: legible where a large picture is shown on a page."""
LEAST_WIDTH_LINES: Final = 24
"""Least width of a panel, heights of a line: "restored, not for intensity measurement" fits."""
LONGEST_BAR: Final = 0.3
"""Greatest length of the scale bar, parts of the picture's width."""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text that is to be drawn into the picture.

    Attributes
    ----------
    text : str
        What it says.
    top_px, left_px, height_px, width_px : int
        The box that is left free for it, pixels; the text begins at its left.
    bold : bool
        Whether it is a title.
    """

    text: str
    top_px: int
    left_px: int
    height_px: int
    width_px: int
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of the sheet.

    Attributes
    ----------
    screen : array, shape (y, x), uint32
        The picture.
    above : tuple of str
        Lines above it, the first one in bold.
    below : tuple of str
        Lines below it.
    """

    screen: Screen
    above: tuple[str, ...]
    below: tuple[str, ...]


def lay_out(panels: Sequence[Panel], pixel_size_um: float | None) -> tuple[Screen, list[Words]]:
    """Put panels side by side, with a scale bar below the first.

    Parameters
    ----------
    panels : sequence of Panel
        At least one.
    pixel_size_um : float or None
        Size of the first picture's pixels, µm.

    Returns
    -------
    screen : array, shape (y, x), uint32
        The sheet without its words.
    words : list of Words
        What is to be drawn into the bands that were left free.
    """
    rows, columns = (max(each.screen.shape[axis] for each in panels) for axis in (0, 1))
    line = max(LEAST_LINE_PX, rows // LINES_PER_PICTURE)
    top = line * (1 + max(len(each.above) for each in panels))
    bottom = line * (2 + max(len(each.below) for each in panels))
    width = max(columns, line * LEAST_WIDTH_LINES)
    size = (top + rows + bottom, line + len(panels) * (width + line))
    sheet = np.full(size, BACKGROUND, np.uint32)
    words = []
    for number, panel in enumerate(panels):
        left = line + number * (width + line)
        high, wide = panel.screen.shape
        sheet[top : top + high, left : left + wide] = panel.screen
        place = line // 2
        for text in panel.above:
            words.append(Words(text, place, left, line, width, bold=text is panel.above[0]))
            place += line
        place = top + rows + line // 2
        if number == 0:
            words.append(_add_bar(sheet, place, line, columns, pixel_size_um))
        place += line
        for text in panel.below:
            words.append(Words(text, place, left, line, width))
            place += line
    return sheet, words


def _add_bar(
    sheet: Screen, top: int, line: int, columns: int, pixel_size_um: float | None
) -> Words:
    """Draw the scale bar into its line and return its label, to the right of it."""
    bar = choose_bar(pixel_size_um, 1.0, max(1.0, columns * LONGEST_BAR))
    length, thick = max(1, round(bar.length_px)), max(2, line // 5)
    middle = top + line // 2
    sheet[middle - thick // 2 : middle - thick // 2 + thick, line : line + length] = FOREGROUND
    left = line + length + line // 2
    return Words(bar.label, top, left, line, max(line * LEAST_WIDTH_LINES, columns) - left + line)
