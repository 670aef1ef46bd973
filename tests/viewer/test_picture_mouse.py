"""The mouse over the picture: values, zoom, lines and regions."""

import numpy as np
import pytest
from picture_stage import flat

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from picture_hands import colour, drag, point, shades, show, wheel
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from livecare.viewer.picture.picture import Picture
from livecare.viewer.picture.tool_item import SHAPE


def test_the_crosshair_reads_what_is_stored(picture: Picture, qtbot: QtBot) -> None:
    rng = np.random.default_rng(3)
    raw = rng.integers(0, 65535, (513, 771), dtype=np.uint16)
    restored = rng.normal(0, 1e4, (513, 771)).astype(np.float32)
    show(picture, raw, restored, 41)
    for place in ((37, 163), (361, 250), (403 + 37, 163), (799, 210)):
        with qtbot.waitSignal(picture.hovered, timeout=5000):
            point(picture, place)
        x = place[0] - 403 if place[0] > 400 else place[0]
        row, column = int((place[1] - 200) * 771 / 400 + 513 / 2), int(x * 771 / 400)
        hover = picture.hover
        assert hover is not None
        assert (hover.y, hover.x) == (row, column)
        (value,) = hover.channels
        assert value.raw == int(raw[row, column])
        assert value.restored == float(restored[row, column])
        assert (value.raw_sequence, value.restored_sequence) == (41, 41)
        assert {pane.crosshair.pixel for pane in picture.board.panes} == {(row, column)}
    with qtbot.waitSignal(picture.hovered, timeout=5000) as new:
        show(picture, raw[::-1], restored, 42)
    assert new.args[0].channels[0].raw == int(raw[::-1][row, column])
    with qtbot.waitSignal(picture.hovered, timeout=5000) as gone:
        QApplication.sendEvent(picture.board, QEvent(QEvent.Type.Leave))
    assert gone.args == [None]
    point(picture, (200, 20))  # beside the frame
    assert picture.hover is None


def test_panes_are_zoomed_and_moved_together(picture: Picture) -> None:
    pixels = np.random.default_rng(4).integers(0, 255, (256, 256), dtype=np.uint8)
    show(picture, pixels, pixels)
    wheel(picture, (403 + 120, 190), 6)
    drag(picture, (100, 200), (160, 230))
    rows = shades(picture, 200)
    # Qt rounds the edge of an image that ends between two pixels of the screen.
    assert (rows[:399] == rows[403:802]).all()
    top, left, bottom, right = picture.visible_view()
    assert bottom - top == pytest.approx(256 / 1.25**6)
    assert right - left == pytest.approx(256 / 1.25**6)
    y, x = int((top + bottom) / 2), int((left + right) / 2)
    assert rows[200] == pixels[y, x]


def test_enlarged_pixels_are_not_smoothed(picture: Picture) -> None:
    pixels = np.indices((64, 64)).sum(0).astype(np.uint8) % 2 * 200 + 20
    show(picture, pixels, pixels)
    picture.zoom_by(3.37)
    assert set(shades(picture, 220)[:400]) == {20, 220}


def test_one_pixel_is_one_pixel_at_actual_size(picture: Picture) -> None:
    ramp = np.tile(np.arange(200, dtype=np.uint8), (300, 3))
    show(picture, ramp, ramp)
    picture.actual_size()
    top, left, bottom, right = picture.visible_view()
    assert (bottom - top, right - left) == (300, 400), "all rows, and as many columns as pixels"
    row = shades(picture, 150)[:400]
    assert (row == ramp[0, int(left) : int(left) + 400]).all()


def test_the_right_button_zooms_and_a_double_click_fits(picture: Picture) -> None:
    show(picture, flat(60), flat(200))
    viewport, button = picture.board.viewport(), Qt.MouseButton.RightButton
    QTest.mousePress(viewport, button, pos=QPoint(200, 200))
    QTest.mouseMove(viewport, QPoint(260, 200))
    QTest.mouseRelease(viewport, button, pos=QPoint(260, 200))
    top, _, bottom, _ = picture.visible_view()
    assert bottom - top == pytest.approx(64 / 1.01**60)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert picture.visible_view() == pytest.approx((0, 0, 64, 64), abs=1e-9)


def test_the_view_stays_until_the_frames_have_another_size(picture: Picture) -> None:
    show(picture, flat(60), flat(200))
    picture.zoom_by(4)
    before = picture.visible_view()
    assert before == (24, 24, 40, 40)
    show(picture, flat(61), flat(201), 1)
    assert picture.visible_view() == before
    show(picture, flat(60, (513, 771)), flat(200, (513, 771)), 2)
    assert picture.visible_view() == pytest.approx((0, 0, 513, 771), abs=1e-9)
    picture.resize(403, 300)
    QApplication.sendPostedEvents()
    assert picture.visible_view() == pytest.approx((0, 0, 513, 771), abs=1e-9), (
        "what was fitted stays fitted"
    )


def test_lines_are_drawn_in_both_panes_and_dragged_by_their_ends(
    picture: Picture, qtbot: QtBot
) -> None:
    picture.set_tool("line")
    assert picture.line is None, "there is no frame yet"
    with qtbot.waitSignal(picture.line_changed, timeout=5000) as laid:
        show(picture, flat(0, (400, 400)), flat(0, (400, 400)))
    (y, x0), (y1, x1) = laid.args[0]
    assert y == y1
    image = picture.grab().toImage()
    for left in (0, 403):
        assert colour(image, (left + (x0 + x1) // 2, y)) == SHAPE.getRgb()[:3]
    with qtbot.waitSignal(picture.line_changed, timeout=5000) as moved:
        drag(picture, (403 + x1, y), (403 + 390, 301))
    assert moved.args == [((y, x0), (y + 301 - y, x1 + 390 - x1))]
    assert picture.line == moved.args[0]
    before = picture.visible_view()
    picture.set_tool("region")
    assert picture.line is None
    picture.set_tool("line")
    assert picture.line == moved.args[0], "it comes back where it was"
    picture.set_tool("none")
    assert (picture.line, picture.region) == (None, None)
    assert picture.visible_view() == before


def test_regions_have_whole_pixels(picture: Picture, qtbot: QtBot) -> None:
    show(picture, flat(0, (100, 100)), flat(0, (100, 100)))  # 4 pixels each
    with qtbot.waitSignal(picture.region_changed, timeout=5000) as laid:
        picture.set_tool("region")
    y0, x0, y1, x1 = laid.args[0]
    drag(picture, (4 * x1, 4 * y1), (4 * x1 + 37, 4 * y1 - 21))
    assert picture.region == (y0, x0, y1 - 5, x1 + 9)
    y1, x1 = y1 - 5, x1 + 9
    drag(picture, (4 * x0 + 40, 4 * y0), (4 * x0 + 40 + 8, 4 * y0 + 40))
    assert picture.region == (y0 + 10, x0 + 2, y1 + 10, x1 + 2), "its outline moves all of it"
    show(picture, flat(0, (40, 50)), flat(0, (40, 50)))
    y0, x0, y1, x1 = picture.region or (0, 0, 0, 0)
    assert 0 <= y0 < y1 <= 40
    assert 0 <= x0 < x1 <= 50
