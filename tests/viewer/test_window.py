"""The whole window, driven by hands, on real runs: what it shows is what is recorded."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import tifffile

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from live_run import free_port
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from window_readings import Camera, Readings
from window_stage import (
    CAMERA,
    LEFT,
    PATIENCE_S,
    SIMULATED,
    Operator,
    RunBehind,
    assert_whole,
    said,
    stored,
    tags,
)

from livecare.sinks.reader import StoreReader
from livecare.viewer import theme
from livecare.viewer.feed.here import WAITING
from livecare.viewer.panels.banner import loss_words, noted_words
from livecare.viewer.panels.time_bar import when_words
from livecare.viewer.picture.choices import MODES
from livecare.viewer.picture.picture import Picture
from livecare.viewer.picture.sides import WARNING

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals, process groups")

Start = Callable[..., RunBehind]
Open = Callable[..., Operator]
Press = Callable[[str], None]
NETWORK = f"[restorer]\nengine = 'onnxruntime'\nmodel = 'default-fast'\nthreads = 1\n{CAMERA}"
STILL_S = 1.5
"""How long the recorder is held up, seconds: the camera's buffer lasts for half of that."""
PATIENT = f"{SIMULATED}buffer_frames = 4000\n"
"""A camera that loses nothing although a busy machine lets the recorder wait."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[RunBehind] = []

    def begin(source: str = PATIENT, **more: str) -> RunBehind:
        runs.append(RunBehind(tmp_path / f"run{len(runs)}", tmp_path / "rings", source, **more))
        return runs[-1]

    yield begin
    for run in runs:
        run.close()


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunBehind]:
    """One run that goes on, for all that only look."""
    folder = tmp_path_factory.mktemp("endless")
    run = RunBehind(folder / "run", folder / "rings", f"{SIMULATED}buffer_frames = 16\n")
    yield run
    run.close()


@pytest.fixture
def look(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Open]:
    """Open a window on the runs of a folder."""
    theme.apply_theme(qapp)
    operators: list[Operator] = []

    def open_window(rings: Path) -> Operator:
        operators.append(Operator(qtbot, rings, tmp_path))
        return operators[-1]

    yield open_window
    for operator in operators:
        operator.close()


def test_who_has_read_nothing_sees_records_marks_and_keeps(
    look: Open, start: Start, tmp_path: Path
) -> None:
    operator = look(tmp_path / "rings")
    window = operator.window
    operator.until(lambda: window.health.words.said == WAITING)
    assert "no run is attached" in said(window.control).lower()
    assert said(window.time_bar).endswith("Waiting for a run")

    run = start()
    operator.until_pair((48, 64))
    assert tags(window) == ["RAW", "RESTORED"]
    assert window.picture.board.panes[1].labels.sides[0].warning == WARNING
    operator.until(lambda: window.control.record.text().startswith("Stop recording 00:"))

    operator.press(Qt.Key.Key_Space)
    assert not window.operating.busy, "no stray key stops the recording"

    _stop_and_record_again(operator)
    _mark(operator, "drug added")
    snapshot = _take_snapshot(operator)
    _choose_model(operator, "livecare default")
    _relock(operator)
    sequence = window.session.telemetry.ledger.recorded  # type: ignore[union-attr]

    report = run.end()
    operator.until(lambda: "The run has ended" in said(window.time_bar))
    assert window.banner.texts == [f"Recorded: {run.stores[-1]}"]
    _check_recordings(run, report)
    [mark] = StoreReader(run.stores[1]).marks()
    assert mark.text == "drug added"
    assert 0 <= mark.sequence <= sequence
    _check_snapshot(snapshot, run.stores[1])


def _refused(operator: Operator, key: str) -> str:
    telemetry = operator.window.session.telemetry
    return "" if telemetry is None else telemetry.refused.get(key, "")


def _stop_and_record_again(operator: Operator) -> None:
    control = operator.window.control
    operator.until(lambda: not control.record.refusal.reason)
    operator.click(control.record)
    operator.until(lambda: control.record.text() == "Record", "recording stops")
    assert "recorded: " in said(control)
    operator.until(lambda: _refused(operator, "mark") == "nothing is being recorded")
    operator.until(lambda: control.mark.refusal.reason)
    operator.click(control.mark)
    assert "Mark: nothing is being recorded" in said(control)
    assert control.field.isHidden()
    operator.until(lambda: not control.record.refusal.reason)
    operator.click(control.record)
    operator.until(lambda: control.record.text().startswith("Stop recording 00:"), "records again")
    assert "recording into " in said(control)
    operator.until_pair()


def _mark(operator: Operator, text: str) -> None:
    control = operator.window.control
    operator.until(lambda: not control.mark.refusal.reason)
    operator.click(control.mark)
    assert control.field.line.hasFocus()
    operator.type(text)
    assert control.field.line.text() == text, "letters are no shortcuts where one writes"
    operator.press(Qt.Key.Key_Return)
    assert control.field.isHidden()
    operator.until(lambda: "marked" in control.status.said, "the mark is said to be saved")


def _take_snapshot(operator: Operator) -> Path:
    control = operator.window.control
    operator.until_pair()
    operator.click(control.snapshot)
    assert control.status.said.startswith("Snapshot saved: ")
    [picture] = operator.snapshots.glob("*.png")
    return picture


def _choose_model(operator: Operator, model: str) -> None:
    window = operator.window
    combo = window.control.model.combo
    operator.until(lambda: not combo.refusal.reason and combo.findText(model) >= 0)
    combo.setFocus()
    operator.press(Qt.Key.Key_Down, on=combo)  # the list opens
    chosen = combo.findText(model)
    combo.view().setCurrentIndex(combo.model().index(chosen, 0))
    operator.press(Qt.Key.Key_Return, on=combo.view())
    assert "changing to" in combo.placeholderText()

    def serves() -> bool:
        restored = window.view.channels[0].restored
        made = None if restored is None else restored.restoration
        return made is not None and made.model == model

    operator.until(serves, f"{model} restores")
    operator.until(lambda: "swap" not in window.operating.busy)
    assert model in said(window.health)


def _relock(operator: Operator) -> None:
    """The configuration gives the camera's values: nothing is measured, and it is said why."""
    control = operator.window.control
    operator.until(lambda: control.relock.refusal.reason)
    operator.click(control.relock)
    assert control.status.said == f"Brightness: {_refused(operator, 'relock')}"
    assert "configuration" in control.status.said
    assert control.relock.toolTip() == f"Not now: {_refused(operator, 'relock')}"


def _check_recordings(run: RunBehind, report: dict[str, Any]) -> None:
    assert (report["exit"], report["complete"]) == (0, True), run.log
    assert len(run.stores) == 2
    counts = []
    for store in run.stores:
        assert_whole(store)
        counts.append(len(stored(store, "raw")))
    ledger = report["ledger"]
    assert min(counts) > 0
    assert (ledger["recorded"], ledger["lost"], ledger["failed"]) == (sum(counts), 0, 0)
    assert ledger["restored"] == sum(counts)


def _check_snapshot(picture: Path, store: Path) -> None:
    number = int(picture.stem.rpartition("-")[2])
    for lane in ("raw", "restored"):
        saved = tifffile.imread(picture.with_name(f"{picture.stem}-{lane}.ome.tif"))
        assert np.array_equal(saved.squeeze(), stored(store, lane)[number])  # type: ignore[arg-type]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_values_profile_and_trace_are_the_stored_pixels_whatever_comes(
    look: Open, start: Start, tmp_path: Path
) -> None:
    """The shape and the type of the pixels change on the way: the next part is a new recording."""
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    kinds = [((48, 64), "uint16"), ((56, 40), "float32")]
    operator = look(tmp_path / "rings")
    run = start(
        f"[source]\nkind = 'push'\n[source.push]\nendpoint = '{endpoint}'\nacquisitions = 1\n"
        f"silent_s = {PATIENCE_S}\n",
        restorer=NETWORK,
    )
    with contextlib.closing(Camera(endpoint, kinds)) as camera:
        operator.until_pair(kinds[0][0])
        first = Readings(operator, tmp_path / "uint16").take()
        camera.next_kind()
        operator.until_pair(kinds[1][0])
        second = Readings(operator, tmp_path / "float32").take()
    report = run.end()
    assert (report["exit"], report["complete"], report["ledger"]["lost"]) == (0, True, 0), run.log
    assert len(run.stores) == 2
    for store, readings, (shape_yx, dtype) in zip(run.stores, (first, second), kinds, strict=True):
        assert_whole(store)
        raw, restored = stored(store, "raw"), stored(store, "restored")
        assert (raw[0].shape, raw[0].dtype.name, restored[0].dtype.name) == (shape_yx, dtype, dtype)
        assert not any(np.array_equal(raw[each], restored[each]) for each in raw)
        readings.check(raw, restored)


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
    operator.until(lambda: window.banner.texts == [loss_words(_lost(operator), "")])
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
    operator.until(lambda: window.banner.texts == [loss_words(_lost(operator), "")], "it says so")


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
