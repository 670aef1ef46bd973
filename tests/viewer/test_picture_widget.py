from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from picture_stage import (
    BYTE_LEVELS,
    BYTE_STYLE,
    flat,
    pair,
    raw_frame,
    restored_frame,
    stream,
    view_of,
)

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from livecare.errors import UsageError
from livecare.viewer.display.colours import NOT_FINITE
from livecare.viewer.display.scale_bar import choose_bar
from livecare.viewer.picture.picture import BLINK_MS, Picture
from livecare.viewer.picture.tool_item import SHAPE
from livecare.viewer.seen import ChannelView, View
from livecare.viewer.styles import ChannelStyle, Levels
from livecare.viewer.theme import SKY

STYLES = (BYTE_STYLE,)
LEFT, RIGHT = (200, 200), (604, 200)
"""Places (x, y) in the panes of a picture of 803 × 400 pixels: the same of each, (200, 200)."""


@pytest.fixture
def picture(qtbot: QtBot) -> Iterator[Picture]:
    made = Picture()
    qtbot.addWidget(made)
    made.resize(803, 400)  # two panes of 400 × 400, 3 pixels between them
    with qtbot.waitExposed(made):
        made.show()
    assert made.board.panes[0].size_yx == (400, 400)
    return made


def show(picture: Picture, raw: NDArray[Any], restored: NDArray[Any], sequence: int = 0) -> None:
    picture.set_view(view_of(pair(raw, restored, sequence)), stream(raw.shape), STYLES)


def colour(image: QImage, place: tuple[int, int]) -> tuple[int, int, int]:
    found = QColor(image.pixel(*place))
    return found.red(), found.green(), found.blue()


def shades(picture: Picture, y: int) -> NDArray[np.uint8]:
    """Read the red of a row of the picture."""
    image = picture.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8)
    return pixels.reshape(image.height(), image.bytesPerLine())[y, 2 : 4 * image.width() : 4].copy()


def wheel(picture: Picture, place: tuple[int, int], notches: int) -> None:
    viewport = picture.board.viewport()
    at = QPointF(*place)
    event = QWheelEvent(
        at,
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def drag(picture: Picture, start: tuple[int, int], end: tuple[int, int]) -> None:
    viewport, left = picture.board.viewport(), Qt.MouseButton.LeftButton
    QTest.mouseMove(viewport, QPoint(*start))
    QTest.mousePress(viewport, left, pos=QPoint(*start))
    QTest.mouseMove(viewport, QPoint(*end))
    QTest.mouseRelease(viewport, left, pos=QPoint(*end))


def point(picture: Picture, place: tuple[int, int]) -> None:
    QTest.mouseMove(picture.board.viewport(), QPoint(*place))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape_yx", [(1, 1), (64, 64), (771, 513), (513, 771)])
def test_raw_is_left_and_restored_right(
    picture: Picture, shape_yx: tuple[int, int], dtype: str
) -> None:
    show(picture, flat(60, shape_yx, dtype), flat(200, shape_yx, "float32"))
    image = picture.grab().toImage()
    assert colour(image, LEFT) == (60, 60, 60)
    assert colour(image, RIGHT) == (200, 200, 200)
    left, right = (pane.labels.sides[0] for pane in picture.board.panes)
    assert (left.tag, right.tag) == ("RAW", "RESTORED")


def test_what_is_no_number_is_marked(picture: Picture) -> None:
    show(picture, flat(60), flat(np.nan, dtype="float32"))
    image = picture.grab().toImage()
    assert image.pixel(*RIGHT) == NOT_FINITE
    assert colour(image, LEFT) == (60, 60, 60)


def test_every_pixel_is_drawn_where_it_is(picture: Picture) -> None:
    pixels = np.random.default_rng(1).integers(1, 255, (8, 8), dtype=np.uint8)
    show(picture, pixels, pixels[::-1])
    image = picture.grab().toImage()
    for row in range(2, 6):  # those beyond lie under the words
        for column in range(8):
            x, y = 50 * column, 50 * row
            for at in ((x + 1, y + 1), (x + 48, y + 48)):
                assert colour(image, at)[0] == pixels[row, column]
                assert colour(image, (at[0] + 403, at[1]))[0] == pixels[7 - row, column]


def test_channels_are_added_in_their_colours(picture: Picture) -> None:
    channels = [pair(flat(value), flat(0), channel=at) for at, value in enumerate((200, 90, 50))]
    names = ("magenta", "green", "cyan")
    styles = tuple(replace(BYTE_STYLE, colour=name) for name in names)
    picture.set_view(view_of(*channels), stream(channels=names), styles)
    assert colour(picture.grab().toImage(), LEFT) == (200, 140, 250)
    hidden = (styles[0], replace(styles[1], shown=False), styles[2])
    picture.set_view(view_of(*channels), stream(channels=names), hidden)
    assert colour(picture.grab().toImage(), LEFT) == (200, 50, 250)
    point(picture, LEFT)
    assert picture.hover is not None
    assert [value.channel for value in picture.hover.channels] == [0, 2]


def test_a_new_contrast_is_seen_at_once(picture: Picture) -> None:
    view, info = view_of(pair(flat(60), flat(60))), stream()
    picture.set_view(view, info, STYLES)
    assert colour(picture.grab().toImage(), LEFT)[0] == 60
    picture.set_view(view, info, (ChannelStyle(Levels(0, 120), BYTE_LEVELS),))
    image = picture.grab().toImage()
    assert colour(image, LEFT)[0] == 128
    assert colour(image, RIGHT)[0] == 60


def test_a_wipe_splits_at_the_handle_which_the_mouse_drags(picture: Picture) -> None:
    picture.set_mode("wipe")
    show(picture, flat(60, (400, 803)), flat(200, (400, 803)))

    def boundary() -> int:
        row = shades(picture, 120)
        first, last = np.flatnonzero(row == 60), np.flatnonzero(row == 200)
        assert first.max() < last.min() <= first.max() + 6, "only the handle is between them"
        return int(first.max() + last.min()) // 2

    assert abs(boundary() - 401) <= 1
    drag(picture, (402, 200), (602, 200))
    assert abs(boundary() - 602) <= 1
    assert picture.split == pytest.approx(602 / 803, abs=0.002)
    wheel(picture, (602, 120), 3)
    assert abs(boundary() - 602) <= 1, "the split stays on the frame"
    drag(picture, (602, 300), (250, 300))
    split = picture.split
    picture.set_mode("side by side")
    picture.set_mode("wipe")
    show(picture, flat(60, (400, 803)), flat(200, (400, 803)), 1)
    assert picture.split == split


def test_a_split_that_would_be_out_of_sight_waits_at_the_edge(picture: Picture) -> None:
    picture.set_mode("wipe")
    show(picture, flat(60, (400, 803)), flat(200, (400, 803)))
    picture.set_split(1.0)
    assert (shades(picture, 120) == 200).any()
    wheel(picture, (10, 200), 8)
    assert picture.split == 1.0
    wipe = picture.board.panes[0].wipe
    drag(picture, (round(wipe.x), 200), (400, 200))
    assert picture.split < 0.5
    row = shades(picture, 120)
    assert (row[20:380] == 60).all()
    assert (row[420:780] == 200).all()


def test_blink_shows_each_side_in_turn(picture: Picture, qtbot: QtBot) -> None:
    show(picture, flat(60), flat(200))
    picture.set_mode("blink")
    seen = []
    for _ in range(2):
        seen.append((colour(picture.grab().toImage(), (401, 200))[0], tags(picture)))
        with qtbot.waitSignal(picture._timer.timeout, timeout=10 * BLINK_MS):
            pass
    seen.append((colour(picture.grab().toImage(), (401, 200))[0], tags(picture)))
    raw, restored = (60, ["RAW"]), (200, ["RESTORED"])
    assert seen == [raw, restored, raw]
    picture.toggle_blink_side()
    assert colour(picture.grab().toImage(), (401, 200))[0] == 200
    picture.set_mode("wipe")
    picture.toggle_blink_side()
    assert not picture._timer.isActive()
    assert tags(picture) == ["RAW", "RESTORED"]


def tags(picture: Picture) -> list[str]:
    shown = [pane for pane in picture.board.panes if pane.visible]
    return [side.tag for pane in shown for side in pane.labels.sides]


def test_the_difference_is_orange_where_raw_is_brighter(picture: Picture) -> None:
    raw = flat(100, (4, 4), "uint16")
    restored = raw.astype(np.float32)
    restored[:, :2] -= 10
    restored[:2, 2:] += 10
    picture.set_mode("difference")
    show(picture, raw, restored)
    image = picture.grab().toImage()
    red, _, blue = colour(image, (250, 250))
    assert red > 2 * blue
    red, _, blue = colour(image, (450, 150))
    assert blue > 2 * red
    assert max(colour(image, (450, 250))) < 40
    picture.set_difference_scale(1000.0)
    assert max(colour(picture.grab().toImage(), (250, 250))) < 40


def test_a_difference_needs_the_frame_that_was_restored(picture: Picture) -> None:
    picture.set_mode("difference")
    seen = ChannelView(raw_frame(flat(1), 5), restored_frame(flat(1), 3))
    picture.set_view(view_of(seen), stream(), STYLES)
    (side,) = picture.board.panes[0].labels.sides
    assert side.content is None
    assert side.note


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


def test_tags_can_be_read_over_white(picture: Picture) -> None:
    show(picture, flat(255), flat(255))
    image = picture.grab().toImage()
    for left, right in ((0, 400), (403, 803)):
        plate = [colour(image, (x, 12))[0] for x in range(left, right)]
        assert sum(shade < 60 for shade in plate) > 40
    sky = QColor(SKY).rgb()
    found = [(x, y) for x in range(803) for y in range(10, 60) if image.pixel(x, y) == sky]
    assert len(found) > 50
    assert min(x for x, _ in found) > 603, "RESTORED stands at the right of the right pane"


def test_the_scale_bar_is_as_long_as_it_says(picture: Picture) -> None:
    show(picture, flat(0, (100, 100)), flat(0, (100, 100)))
    for factor in (1.0, 3.0):
        picture.zoom_by(factor)
        bar = choose_bar(0.5, 4 * factor, 384 * 0.25)
        rows = [shades(picture, y)[:400] for y in range(370, 392)]
        longest = max(int((row[260:] == 255).sum()) for row in rows)
        assert longest == pytest.approx(bar.length_px, abs=1.5)


def test_a_missing_frame_leaves_a_reason(picture: Picture) -> None:
    picture.set_view(View((ChannelView(raw_frame(flat(60))),)), stream(), STYLES)
    before = picture.grab().toImage()
    picture.set_note("the engine is being built")
    assert picture.board.panes[1].labels.sides[0].note == "the engine is being built"
    assert picture.grab().toImage() != before
    assert colour(picture.grab().toImage(), LEFT)[0] == 60


def test_nothing_else_is_taken_for_a_mode_or_a_tool(picture: Picture) -> None:
    with pytest.raises(UsageError, match="side by side"):
        picture.set_mode("sideways")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="region"):
        picture.set_tool("lasso")  # type: ignore[arg-type]


def test_before_the_first_frame_nothing_is_seen(picture: Picture) -> None:
    for mode in ("wipe", "blink", "difference", "side by side"):
        picture.set_mode(mode)  # type: ignore[arg-type]
        picture.zoom_by(2)
        picture.fit()
        picture.actual_size()
        wheel(picture, LEFT, 1)
        drag(picture, LEFT, (300, 300))
        assert picture.visible_view() == (0, 0, 0, 0)
        assert not picture.grab().isNull()
