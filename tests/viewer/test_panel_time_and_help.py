from typing import Any

import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QSlider, QStyle, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shown_widgets import settle

from livecare.viewer import theme
from livecare.viewer.panels.control_words import clock_text
from livecare.viewer.panels.help import HelpOverlay
from livecare.viewer.panels.refusing import RefusingButton
from livecare.viewer.panels.section import Section
from livecare.viewer.panels.time_bar import TimeBar, when_words

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bar(qtbot: QtBot, qapp: QApplication) -> TimeBar:
    theme.apply_theme(qapp)
    shown = TimeBar()
    qtbot.addWidget(shown)
    shown.resize(980, 40)
    shown.set_extent(300, 299, live=True)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.fixture
def said(bar: TimeBar) -> list[Any]:
    """Return what the bar asked for, in order."""
    heard = []
    bar.scrubbed.connect(lambda index: heard.append(("scrub", index)))
    bar.live_wanted.connect(lambda: heard.append(("live",)))
    bar.play_wanted.connect(lambda on: heard.append(("play", on)))
    bar.loop_wanted.connect(lambda on: heard.append(("loop", on)))
    bar.speed_wanted.connect(lambda speed: heard.append(("speed", speed)))
    return heard


def at(slider: QSlider, part: float) -> QPoint:
    """Return the point of a slider that stands for a part of its range."""
    handle = slider.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, slider)
    return QPoint(round(handle / 2 + part * (slider.width() - handle)), slider.height() // 2)


def test_setters_ask_for_nothing(bar: TimeBar, said: list[Any]) -> None:
    bar.set_extent(300, 120, live=False)
    bar.set_extent(10, 3, live=False)
    bar.set_extent(0, 0, live=True)
    bar.set_playing(playing=True)
    bar.set_time(2.4, 17)
    assert said == []


def test_a_press_jumps_there(bar: TimeBar, qtbot: QtBot, said: list[Any]) -> None:
    qtbot.mouseClick(bar.slider, LEFT, pos=at(bar.slider, 0.5))
    assert len(said) == 1
    assert said[0][1] == pytest.approx(149.5, abs=2)


def test_dragging_scrubs_on_and_is_not_torn_away(
    bar: TimeBar, qtbot: QtBot, said: list[Any]
) -> None:
    qtbot.mousePress(bar.slider, LEFT, pos=at(bar.slider, 0.5))
    bar.set_extent(310, 250, live=False)  # frames come in, and another instant is held
    assert bar.slider.value() == pytest.approx(149.5, abs=2)
    qtbot.mouseMove(bar.slider, at(bar.slider, 0.25))
    qtbot.mouseRelease(bar.slider, LEFT, pos=at(bar.slider, 0.25))
    assert said[-1][1] == pytest.approx(309 * 0.25, abs=3)
    bar.set_extent(310, 70, live=False)
    assert bar.slider.value() == 70


def test_arrow_keys_go_frame_by_frame(bar: TimeBar, qtbot: QtBot, said: list[Any]) -> None:
    bar.set_extent(300, 120, live=False)
    qtbot.keyClick(bar.slider, Qt.Key.Key_Left)
    qtbot.keyClick(bar.slider, Qt.Key.Key_Right)
    assert said == [("scrub", 119), ("scrub", 120)]


def test_the_badge_is_green_when_live_and_leads_back_when_not(
    bar: TimeBar, qtbot: QtBot, said: list[Any]
) -> None:
    assert bar.badge.text() == "LIVE"
    qtbot.mouseClick(bar.badge, LEFT)
    assert said == []
    bar.set_extent(300, 120, live=False)
    assert bar.badge.text() == "Paused – jump to live (L)"
    qtbot.mouseClick(bar.badge, LEFT)
    assert said == [("live",)]


def test_the_badge_keeps_its_width(bar: TimeBar) -> None:
    settle()
    live = bar.badge.width()
    bar.set_extent(300, 120, live=False)
    settle()
    assert bar.badge.width() == live


def test_nothing_can_be_scrubbed_before_frames_have_come(bar: TimeBar) -> None:
    bar.set_extent(0, 0, live=True)
    assert bar.badge.text() == "Waiting for a run"
    assert not bar.slider.isEnabled()
    assert not bar.play.isEnabled()


def test_play_loop_and_speed(bar: TimeBar, qtbot: QtBot, said: list[Any]) -> None:
    qtbot.mouseClick(bar.play, LEFT)
    assert bar.play.text() == "Pause"
    qtbot.mouseClick(bar.loop, LEFT, pos=QPoint(10, bar.loop.height() // 2))
    bar.speed.setFocus()
    qtbot.keyClick(bar.speed, Qt.Key.Key_Down)
    qtbot.keyClick(bar.play, Qt.Key.Key_Space)
    assert said == [("play", True), ("loop", True), ("speed", 2.0), ("play", False)]
    assert bar.play.text() == "Play"


def test_the_end_of_playing_is_shown(bar: TimeBar, said: list[Any]) -> None:
    bar.set_playing(playing=True)
    assert bar.play.text() == "Pause"
    bar.set_playing(playing=False)
    assert bar.play.text() == "Play"
    assert said == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "00:00"), (59.9, "00:59"), (61, "01:01"), (36_000, "10:00:00")]
)
def test_clock(seconds: float, words: str) -> None:
    assert clock_text(seconds) == words


@pytest.mark.parametrize(
    ("behind", "sequence", "words"),
    [
        (2.4, 1234, "−2.4 s · frame 1,234"),
        (0.0, 1234, "now · frame 1,234"),
        (0.04, None, "now"),
        (None, None, "no frame yet"),
    ],
)
def test_when_words(behind: float | None, sequence: int | None, words: str) -> None:
    assert when_words(behind, sequence) == words


class Window(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.button = RefusingButton("Record", "Record.")
        QVBoxLayout(self).addWidget(self.button)
        self.help = HelpOverlay(self, [("R", "Record"), ("Space", "Play"), ("F1", "This list")])


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Window:
    theme.apply_theme(qapp)
    shown = Window()
    qtbot.addWidget(shown)
    shown.resize(800, 500)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_R, Qt.Key.Key_Tab])
def test_any_key_closes_the_help_and_does_nothing_else(
    window: Window, qtbot: QtBot, key: Qt.Key
) -> None:
    pressed = []
    QShortcut(QKeySequence(key), window).activated.connect(lambda: pressed.append(True))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.button.wanted.connect(lambda: pressed.append(True))
    window.button.setFocus()
    window.help.open()
    assert window.help.isVisible()
    assert window.help.geometry() == window.rect()
    assert window.focusWidget() is window.help
    qtbot.keyClick(window.help, key)
    assert not window.help.isVisible()
    assert window.focusWidget() is window.button
    assert pressed == []


def test_a_press_anywhere_closes_the_help(window: Window, qtbot: QtBot) -> None:
    window.help.open()
    assert not window.help.isModal()
    qtbot.mouseClick(window.help.card, LEFT)
    assert not window.help.isVisible()


def test_the_help_covers_a_window_that_grows(window: Window) -> None:
    window.help.open()
    window.resize(1000, 700)
    settle()
    assert window.help.geometry() == window.rect()
    assert window.rect().contains(window.help.card.geometry())


def test_a_section_folds_and_says_so(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply_theme(qapp)
    content = QWidget()
    section = Section("Health", content)
    qtbot.addWidget(section)
    section.show()
    with qtbot.waitSignal(section.opened, check_params_cb=lambda is_open: not is_open):
        qtbot.mouseClick(section.heading, LEFT)
    assert not content.isVisible()
    qtbot.keyClick(section.heading, Qt.Key.Key_Space)
    assert content.isVisible()
    section.set_open(is_open=False)
    assert not section.is_open
