"""The window on a run that goes on: going back, shortcuts, layout, and lost frames."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from window_stage import LEFT, SIMULATED, Operator, RunBehind, said

from livecare.sinks.reader import StoreReader
from livecare.viewer import theme
from livecare.viewer.panels.banner import loss_words, noted_words
from livecare.viewer.panels.time_bar import when_words
from livecare.viewer.picture.choices import MODES
from livecare.viewer.picture.picture import Picture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals, process groups")

Open = Callable[..., Operator]
Press = Callable[[str], None]
STILL_S = 1.5
"""How long the recorder is held up, seconds: the camera's buffer lasts for half of that."""


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunBehind]:
    """One run that goes on, for all that only look."""
    folder = tmp_path_factory.mktemp("endless")
    run = RunBehind(folder / "run", folder / "rings", f"{SIMULATED}buffer_frames = 16\n")
    yield run
    run.close()


def test_going_back_playing_and_back_to_live(look: Open, endless: RunBehind) -> None:
    operator = look(endless.rings)
    window, bar = operator.window, operator.window.time_bar
    operator.until_pair()
    operator.until(lambda: window.view.count > 16)
    assert bar.badge.following == "live"

    slider = bar.slider
    operator.click(slider, QPoint(slider.width() // 4, slider.height() // 2))
    operator.until(lambda: bar.badge.following == "paused")
    held = _sequence(operator)
    newest = window.session.buffer.view(None, 1).channels[0].raw
    assert newest is not None
    assert held < newest.header.sequence
    seen = window.view.count
    operator.until(lambda: window.view.count > seen + 5, "frames come while one looks back")
    assert _sequence(operator) == held
    operator.until(lambda: bar.when.text().startswith("−"))
    assert bar.when.text().endswith(f" · frame {held}")

    slider.setFocus()
    operator.press(Qt.Key.Key_Right, on=slider)
    operator.until(lambda: _sequence(operator) == held + 1, "one frame on")
    operator.press(Qt.Key.Key_Left, on=slider)
    operator.until(lambda: _sequence(operator) == held, "one frame back")

    operator.click(bar.play)
    assert window.playback.playing
    operator.until(lambda: _sequence(operator) > held + 2, "it plays")
    assert bar.badge.following == "paused"
    operator.click(bar.play)
    assert not window.playback.playing
    operator.click(bar.badge)
    operator.until(lambda: window.view.live and bar.badge.following == "live")
    operator.until(lambda: bar.when.text() == when_words(0.0, _sequence(operator)))


def _sequence(operator: Operator) -> int:
    raw = operator.window.view.channels[0].raw
    assert raw is not None
    return raw.header.sequence


class Keyboard:
    """Presses the window's shortcuts, and remembers which."""

    CODES: ClassVar = {"+": "Plus", "-": "Minus", ",": "Comma", ".": "Period", "?": "Question"}

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self.pressed: set[str] = set()

    def press(self, key: str) -> None:
        self.pressed.add(key)
        name = key.removeprefix("Ctrl+")
        code = getattr(Qt.Key, f"Key_{self.CODES.get(name, name)}")
        self._operator.press(code, ctrl=name != key, on=self._operator.window)


def test_every_shortcut_does_what_the_help_says(look: Open, endless: RunBehind) -> None:
    operator = look(endless.rings)
    window = operator.window
    operator.until_pair()
    operator.until(lambda: window.view.count > 5 and window.session.telemetry is not None)
    operator.until(lambda: window.control.record.text().startswith("Stop"))
    keyboard = Keyboard(operator)
    _compare_and_zoom(keyboard.press, window.picture, operator.settle)
    assert window.ways.modes["side by side"].isChecked()
    assert window.curves_section.is_open
    _go_through_time(keyboard.press, operator)
    for key, look_at in (
        ("C", lambda: window.looks.locked(0)),
        ("W", lambda: window.looks.style(0).warnings),
        ("S", window.column.isVisible),
        ("F11", window.isFullScreen),
    ):
        was = look_at()
        keyboard.press(key)
        assert look_at() is not was
        keyboard.press(key)
        assert look_at() is was
    _keep_and_ask(keyboard.press, operator)
    listed = {key for keys, _, _ in window.shortcuts() for key in keys.split(" or ")}
    assert listed == keyboard.pressed
    assert not any("viewer failed" in text for text in window.banner.texts)


def _compare_and_zoom(press: Press, picture: Picture, settle: Callable[[], None]) -> None:
    for number, mode in enumerate(MODES, 1):
        press(str(number))
        assert picture.mode == mode
    press("3")
    side = picture._blinks_restored
    press("B")
    assert picture._blinks_restored != side
    press("1")
    for key, tool in (("I", "line"), ("R", "region")):
        press(key)
        assert picture.tool == tool
        press(key)
        assert picture.tool == "none"
    settle()  # the curves have come: the picture is smaller
    press("F")
    fitted = picture.board.viewport_yx.zoom
    press("+")
    assert picture.board.viewport_yx.zoom > fitted
    press("-")
    assert picture.board.viewport_yx.zoom == pytest.approx(fitted)
    press("0")
    assert picture.board.viewport_yx.zoom == pytest.approx(1 / picture.devicePixelRatioF())
    press("F")
    assert picture.board.viewport_yx.zoom == fitted


def _go_through_time(press: Press, operator: Operator) -> None:
    window = operator.window
    press(",")
    operator.until(lambda: not window.view.live)
    held = _sequence(operator)
    press(",")
    operator.until(lambda: _sequence(operator) == held - 1)
    press(".")
    operator.until(lambda: _sequence(operator) == held)
    press("P")
    assert window.playback.playing
    press("L")
    assert window.playback.live


def _keep_and_ask(press: Press, operator: Operator) -> None:
    window = operator.window
    press("Ctrl+S")
    assert len(list(operator.snapshots.glob("*.png"))) == 1
    press("M")
    assert window.control.field.line.hasFocus()
    operator.press(Qt.Key.Key_Escape)
    assert window.control.field.isHidden()
    assert window.help is not None
    for key in ("H", "F1", "?"):
        press(key)
        assert window.help.isVisible()
        operator.press(Qt.Key.Key_Space, on=window.help)
        assert not window.help.isVisible()
    asked: list[bool] = []
    window.control.record_wanted.disconnect()  # other tests look at the same run
    window.control.record_wanted.connect(asked.append)
    press("Ctrl+R")
    assert asked == [False], "it records: it was asked to stop"


def test_the_layout_is_as_it_was_left(look: Open, endless: RunBehind) -> None:
    operator = look(endless.rings)
    window = operator.window
    operator.until_pair()
    window.resize(1000, 640)
    operator.click(window.ways.modes["wipe"])
    operator.click(window.ways.tools["line"])
    operator.click(window.sections["health"].heading)
    operator.click(window.ways.panels)
    assert not window.column.isVisible()
    operator.until(lambda: window.rows.sizes()[1] > 60, "the curves are laid out")
    _move(window.rows.handle(1), QPoint(0, -40))
    rows = window.rows.sizes()
    operator.close()
    again = look(endless.rings).window
    assert again.height() == 640, "the width is cut to the screen's, which has 800 pixels here"
    assert again.picture.mode == "wipe"
    assert again.ways.modes["wipe"].isChecked()
    assert again.curves_section.is_open
    assert not again.sections["health"].is_open
    assert again.sections["trust"].is_open
    assert not again.column.isVisible()
    assert again.rows.sizes() == rows


def _move(handle: QWidget, by: QPoint) -> None:
    at = handle.rect().center()
    QTest.mousePress(handle, LEFT, pos=at)
    QTest.mouseMove(handle, at + by)
    QTest.mouseRelease(handle, LEFT, pos=at)


def test_the_binding_takes_no_reference_to_none_away(look: Open, endless: RunBehind) -> None:
    """PySide6 6.12.0 does with every call, until the interpreter dies of it."""
    operator = look(endless.rings)
    operator.until_pair()
    operator.window._timer.stop()
    before = sys.getrefcount(None)
    for _ in range(200):
        operator.window._panels_at_s = 0.0  # the panels, too
        operator.window.tick()
        QApplication.processEvents()
    fallen = before - sys.getrefcount(None)
    assert fallen < 200, "less than one in a tick, which calls Qt a hundred times"


def test_lost_frames_cannot_be_overlooked(look: Open, endless: RunBehind) -> None:
    """The recorder stands still for longer than the camera's buffer lasts."""
    operator = look(endless.rings)
    window = operator.window
    operator.until_pair()
    operator.until(lambda: window.session.telemetry is not None)
    before = _lost(operator)
    assert before or window.banner.isHidden()
    _stand_still(endless, operator)
    operator.until(lambda: _lost(operator) > before, "frames are lost")
    operator.until(lambda: window.banner.texts == [loss_words(_lost(operator))])
    operator.settle()
    lost = _lost(operator)
    missing = [line.lost_before for line in StoreReader(endless.stores[0]).lines("raw")]
    assert lost == sum(missing)
    words = f"{lost} FRAME{'S' * (lost > 1)} LOST — the recording is incomplete."
    assert window.banner.isVisible()
    assert words in said(window.banner)
    assert f"{lost} frames" in said(window.health)
    assert _part_of(window.banner, theme.VERMILLION) > 0.5

    [button] = [each for each in window.banner.findChildren(QPushButton) if each.text() == "Noted"]
    operator.click(button)
    ticks = window.session.telemetry
    operator.until(lambda: window.session.telemetry is not ticks, "the run says it again")
    assert window.banner.texts == [noted_words(lost)]
    assert window.banner.isVisible()
    _stand_still(endless, operator)
    operator.until(lambda: _lost(operator) > lost, "more are lost")
    operator.until(lambda: window.banner.texts == [loss_words(_lost(operator))], "it says so")


def _lost(operator: Operator) -> int:
    telemetry = operator.window.session.telemetry
    return 0 if telemetry is None else telemetry.ledger.lost


def _stand_still(run: RunBehind, operator: Operator) -> None:
    run.process.send_signal(signal.SIGSTOP)
    end_s = time.monotonic() + STILL_S
    operator.until(lambda: time.monotonic() > end_s)
    run.process.send_signal(signal.SIGCONT)


def _part_of(widget: QWidget, colour: str) -> float:
    """Return how much of a widget is of a colour."""
    picture = widget.grab().toImage()
    wanted = QColor(colour).rgb()
    places = [(x, y) for y in range(0, picture.height(), 3) for x in range(0, picture.width(), 3)]
    return sum(picture.pixel(*place) == wanted for place in places) / len(places)
