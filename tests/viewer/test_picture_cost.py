from collections.abc import Iterator

import numpy as np
import pytest
from picture_stage import BYTE_STYLE, pair, stream, view_of

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from livecare.viewer.picture.choices import Mode
from livecare.viewer.picture.frame_item import FrameItem
from livecare.viewer.picture.picture import Picture
from livecare.viewer.seen import View

SIDE_PX = 4096


@pytest.fixture
def picture(qtbot: QtBot) -> Iterator[Picture]:
    made = Picture()
    qtbot.addWidget(made)
    made.resize(803, 400)
    with qtbot.waitExposed(made):
        made.show()
    return made


def large(sequence: int) -> View:
    pixels = np.zeros((SIDE_PX, SIDE_PX), np.uint8)  # of which only what is read takes memory
    return view_of(pair(pixels, pixels, sequence))


def painted(picture: Picture) -> list[FrameItem]:
    panes = [pane for pane in picture.board.panes if pane.visible]
    return [frame for pane in panes for frame in pane.frames if frame.isVisible()]


@pytest.mark.parametrize("mode", ["side by side", "wipe", "blink", "difference"])
@pytest.mark.parametrize("zoom", [1.0, 1.7, 12.0, 300.0])
def test_no_more_is_drawn_than_the_screen_shows(picture: Picture, mode: Mode, zoom: float) -> None:
    picture.set_mode(mode)
    picture.set_view(large(0), stream((SIDE_PX, SIDE_PX)), (BYTE_STYLE,))
    picture.zoom_by(zoom)
    picture.grab()
    drawn = sum(frame.screen.size for frame in painted(picture) if frame.screen is not None)
    # Every step-th pixel, with steps of whole pixels: less than 1.82 × 1.82 for one of the screen.
    assert 0 < drawn < 3.4 * 803 * 400


def test_frames_between_two_paintings_cost_nothing(picture: Picture) -> None:
    info = stream((SIDE_PX, SIDE_PX))
    picture.set_view(large(0), info, (BYTE_STYLE,))
    picture.grab()
    frames = painted(picture)
    assert [frame.draws for frame in frames] == [1, 1]
    for sequence in range(1, 6):
        picture.set_view(large(sequence), info, (BYTE_STYLE,))
    picture.grab()
    assert [frame.draws for frame in frames] == [2, 2]


def test_what_has_not_changed_is_not_drawn_again(picture: Picture) -> None:
    view, info = large(0), stream((SIDE_PX, SIDE_PX))
    picture.set_view(view, info, (BYTE_STYLE,))
    picture.grab()
    frames = painted(picture)
    for x in range(100, 140, 10):
        QTest.mouseMove(picture.board.viewport(), QPoint(x, 200))  # the crosshair follows
        picture.set_view(view, info, (BYTE_STYLE,))
        picture.grab()
    assert [frame.draws for frame in frames] == [1, 1]
    picture.zoom_by(2)
    picture.grab()
    assert [frame.draws for frame in frames] == [2, 2]


def test_blinking_does_not_draw_a_frame_again(picture: Picture) -> None:
    picture.set_mode("blink")
    picture.set_view(large(0), stream((SIDE_PX, SIDE_PX)), (BYTE_STYLE,))
    for _ in range(6):
        picture.toggle_blink_side()
        picture.grab()
    assert [frame.draws for frame in picture.board.panes[0].frames] == [1, 1]
