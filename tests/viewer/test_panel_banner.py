from collections.abc import Iterator

import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shown_widgets import settle

from livecare.viewer import theme
from livecare.viewer.panels.banner import LASTING, Banner

RUN = "run"


@pytest.fixture
def banner(qtbot: QtBot, qapp: QApplication) -> Iterator[Banner]:
    theme.apply_theme(qapp)
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    shown = Banner()
    column.addWidget(shown)
    column.addStretch(1)
    window.resize(1280, 400)
    window.show()
    qtbot.waitExposed(window)
    yield shown
    window.close()  # it lives on until here


def button(banner: Banner, text: str) -> QPushButton:
    settle()
    return next(
        each
        for each in banner.findChildren(QPushButton)
        if each.isVisible() and each.text() == text
    )


def red_pixels(banner: Banner) -> int:
    """Return how much of the window is vermillion, pixels."""
    settle()
    window = banner.window()
    grabbed = window.grab().toImage()
    wanted = QColor(theme.VERMILLION).rgb()
    step = 4
    places = (QPoint(x, y) for y in range(0, 400, step) for x in range(0, 1280, step))
    return step**2 * sum(grabbed.pixel(place) == wanted for place in places)


def test_without_a_message_it_takes_no_room(banner: Banner) -> None:
    assert not banner.isVisible()
    banner.show_message("disk", "warning", "The disk is nearly full.")
    assert banner.isVisible()
    banner.clear_message("disk")
    assert not banner.isVisible()


def test_a_lost_frame_spans_the_window(banner: Banner) -> None:
    banner.show_loss(17, RUN)
    assert banner.texts == ["17 FRAMES LOST — the recording is incomplete."]
    assert banner.width() == banner.window().width()
    assert red_pixels(banner) > 1280 * 20


def test_one_lost_frame_is_singular(banner: Banner) -> None:
    banner.show_loss(1, RUN)
    assert banner.texts == ["1 FRAME LOST — the recording is incomplete."]


def test_noted_it_shrinks_stays_and_grows_with_the_next(banner: Banner, qtbot: QtBot) -> None:
    banner.show_loss(17, RUN)
    large = red_pixels(banner)
    qtbot.mouseClick(button(banner, "Noted"), Qt.MouseButton.LeftButton)
    assert banner.texts == ["17 frames lost"]
    banner.show_loss(17, RUN)
    assert 0 < red_pixels(banner) < large / 8
    banner.show_loss(18, RUN)
    assert banner.texts == ["18 FRAMES LOST — the recording is incomplete."]
    assert red_pixels(banner) == pytest.approx(large, rel=0.05)


def test_another_run_begins_without_the_losses_of_the_last(banner: Banner, qtbot: QtBot) -> None:
    banner.show_loss(17, RUN)
    qtbot.mouseClick(button(banner, "Noted"), Qt.MouseButton.LeftButton)
    banner.show_loss(0, "run.1")
    assert not banner.isVisible()
    banner.show_loss(3, "run.1")
    assert banner.texts == ["3 FRAMES LOST — the recording is incomplete."]
    qtbot.mouseClick(button(banner, "Noted"), Qt.MouseButton.LeftButton)
    banner.show_loss(3, "another run")
    assert banner.texts == ["3 FRAMES LOST — the recording is incomplete."], "no less than before"


def test_a_loss_that_nobody_noted_outlives_its_part(banner: Banner, qtbot: QtBot) -> None:
    banner.show_loss(17, RUN)
    banner.show_loss(0, "run.1")
    assert banner.texts == ["17 FRAMES LOST — an earlier recording is incomplete."]
    banner.show_loss(3, "run.1")
    both = "20 FRAMES LOST — this recording and an earlier one are incomplete."
    assert banner.texts == [both]
    banner.show_loss(0, "another run")
    assert banner.texts == ["20 FRAMES LOST — an earlier recording is incomplete."]
    banner.show_loss(3, "run.1")
    assert banner.texts == [both], "none is counted twice"
    qtbot.mouseClick(button(banner, "Noted"), Qt.MouseButton.LeftButton)
    assert banner.texts == ["3 frames lost"]
    banner.show_loss(0, "run.2")
    assert not banner.isVisible()


def test_nothing_closes_a_loss_but_noting_it(banner: Banner) -> None:
    banner.show_loss(2, RUN)
    settle()
    seen = [each.text() for each in banner.findChildren(QPushButton) if each.isVisible()]
    assert seen == ["Noted"]


def test_the_worst_is_on_top(banner: Banner) -> None:
    banner.show_message("ended", "note", "Recording ended: 40 frames, saved in cells.zarr")
    banner.show_message("disk", "warning", "The disk is nearly full.")
    banner.show_loss(1, RUN)
    assert [text.split()[0] for text in banner.texts] == ["1", "The", "Recording"]
    settle()
    tops = [message.strip.y() for message in banner._sorted()]
    assert tops == sorted(set(tops))


def test_what_was_closed_comes_back_with_other_words_only(banner: Banner, qtbot: QtBot) -> None:
    banner.show_message("disk", "warning", "9 minutes are left.")
    qtbot.mouseClick(button(banner, "Close"), Qt.MouseButton.LeftButton)
    banner.show_message("disk", "warning", "9 minutes are left.")
    assert banner.texts == []
    banner.show_message("disk", "warning", "8 minutes are left.")
    assert banner.texts == ["8 minutes are left."]


@pytest.mark.parametrize("key", LASTING)
def test_what_was_closed_stays_closed_while_only_its_seconds_count_on(
    banner: Banner, qtbot: QtBot, key: str
) -> None:
    banner.show_message(key, "warning", "livecare has not answered for 9 s")
    qtbot.mouseClick(button(banner, "Close"), Qt.MouseButton.LeftButton)
    banner.show_message(key, "warning", "livecare has not answered for 10 s")
    assert banner.texts == []
    banner.show_message(key, "warning", "the network is too slow")
    assert banner.texts == ["the network is too slow"]


def test_what_was_cleared_comes_back_with_the_same_words(banner: Banner, qtbot: QtBot) -> None:
    banner.show_message("answer", "warning", "livecare does not answer.")
    qtbot.mouseClick(button(banner, "Close"), Qt.MouseButton.LeftButton)
    banner.clear_message("answer")
    banner.show_message("answer", "warning", "livecare does not answer.")
    assert banner.texts == ["livecare does not answer."]


def test_a_later_message_replaces_the_earlier_one_of_its_key(banner: Banner) -> None:
    banner.show_message("record", "warning", "The disk is full.")
    banner.show_message("record", "note", "Recording began.")
    assert banner.texts == ["Recording began."]


def test_many_messages_leave_no_strip_behind(banner: Banner) -> None:
    for round_ in range(50):
        banner.show_message(f"key {round_}", "note", "words")
        banner.clear_message(f"key {round_}")
    settle()
    assert banner._column.count() == 0
