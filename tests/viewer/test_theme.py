import itertools
from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown_widgets import bury

from livecare.viewer import theme
from livecare.viewer.style_sheet import style_sheet

WORDS_ON = [
    *itertools.product(
        (theme.TEXT, theme.MUTED, theme.ORANGE, theme.SKY, theme.GREEN, theme.VERMILLION_WORDS),
        (theme.WINDOW, theme.SURFACE),
    ),
    (theme.TEXT, theme.RAISED),
    (theme.MUTED, theme.RAISED),
    (theme.SKY, theme.RAISED),
    (theme.INK, theme.ORANGE),
    (theme.INK, theme.SKY),
    (theme.INK, theme.VERMILLION),
    (theme.TEXT, theme.INK),
    (theme.TEXT, theme.RECORD_AREA),
]

# What people without red and without green cones see, of linear red, green, blue (Viénot 1999).
COLOUR_BLIND = {
    "protanopia": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deuteranopia": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[QApplication]:
    bury()
    theme.apply_theme(qapp)
    yield qapp
    theme.apply_theme(qapp)


def test_contrast_is_what_wcag_says() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("words", "ground"), WORDS_ON)
def test_words_can_be_read(words: str, ground: str) -> None:
    assert theme.contrast(words, ground) >= 4.5


def test_nothing_dazzles_in_a_dark_room() -> None:
    areas = (theme.WINDOW, theme.SURFACE, theme.RAISED, theme.RECORD_AREA)
    assert max(theme.luminance(area) for area in areas) < 0.04
    assert max(theme.luminance(colour) for colour in theme.COLOURS.values()) < 0.75


@pytest.mark.parametrize("sight", COLOUR_BLIND)
def test_accents_stay_apart_for_colour_blind_eyes(sight: str) -> None:
    accents = (theme.ORANGE, theme.SKY, theme.GREEN, theme.VERMILLION)
    seen = [_lab(_linear(accent) @ np.array(COLOUR_BLIND[sight]).T) for accent in accents]
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(one - other) > 15  # 2 is just noticeable side by side


def test_all_sizes_follow_the_zoom_and_never_add_up(themed: QApplication) -> None:
    font, width = themed.font().pointSizeF(), theme.scaled(300)
    theme.apply_theme(themed, 1.5)
    theme.apply_theme(themed, 1.5)
    assert themed.font().pointSizeF() == pytest.approx(1.5 * font)
    assert theme.scaled(300) == pytest.approx(1.5 * width, abs=1)
    assert font >= theme.LEAST_PT


def test_no_length_vanishes(themed: QApplication) -> None:
    theme.apply_theme(themed, 0.2)
    assert theme.scaled(1) == 1
    assert theme.scaled(0) == 0


def test_the_sheet_knows_every_colour_and_length() -> None:
    sheet = style_sheet(theme.COLOURS, 10.0, lambda pixels: round(2 * pixels))
    assert "$" not in sheet
    assert "#ffffff" not in sheet.lower()
    assert "border-radius: 8px" in sheet


def test_plots_are_as_dark_as_the_rest(qtbot: QtBot) -> None:
    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    theme.style_plot(plot)
    assert plot.backgroundBrush().color().name() == theme.SURFACE
    assert plot.getAxis("left").textPen().color().name() == theme.MUTED


def _linear(colour: str) -> NDArray[np.float64]:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(to_xyz) @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
