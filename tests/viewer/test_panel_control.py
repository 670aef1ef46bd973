from typing import Any

import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from mouse_wheel import turn_wheel
from panel_samples import telemetry
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shown_widgets import settle

from livecare.viewer import theme
from livecare.viewer.panels.control import ControlPanel
from livecare.viewer.panels.control_words import BLANK

LEFT = Qt.MouseButton.LeftButton
MODELS = ("default-fast", "default-best")


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> ControlPanel:
    theme.apply_theme(qapp)
    shown = ControlPanel()
    qtbot.addWidget(shown)
    shown.resize(1000, 60)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.fixture
def said(panel: ControlPanel) -> list[Any]:
    """Return what the panel asked for, in order."""
    heard = []
    panel.record_wanted.connect(lambda on: heard.append(("record", on)))
    panel.mark_wanted.connect(lambda text: heard.append(("mark", text)))
    panel.snapshot_wanted.connect(lambda: heard.append(("snapshot",)))
    panel.model_wanted.connect(lambda model: heard.append(("model", model)))
    panel.relock_wanted.connect(lambda: heard.append(("relock",)))
    return heard


def controls(panel: ControlPanel) -> tuple[QWidget, ...]:
    return panel.record, panel.mark, panel.snapshot, panel.model.combo, panel.relock


def choose(panel: ControlPanel, qtbot: QtBot, name: str) -> None:
    """Pick a model from the list that drops down."""
    combo = panel.model.combo
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    listed = combo.view()
    assert listed.isVisible()
    place = listed.visualRect(listed.model().index(combo.findText(name), 0)).center()
    qtbot.mouseMove(listed.viewport(), place)
    qtbot.mouseClick(listed.viewport(), LEFT, pos=place)


def test_without_a_run_every_control_says_why(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.record.clearFocus()
    for control in controls(panel):
        assert control.toolTip() == "Not now: no run is attached"
    assert panel.status.said == "No run is attached."
    for control in (panel.record, panel.mark, panel.snapshot, panel.relock):
        qtbot.mouseClick(control, LEFT)
    qtbot.mouseClick(panel.model.combo, LEFT)
    assert not panel.model.combo.view().isVisible()
    assert said == []
    assert panel.status.isVisible()


def test_record_starts_and_stops(panel: ControlPanel, qtbot: QtBot, said: list[Any]) -> None:
    panel.show_state(telemetry(recording=False), MODELS, set())
    assert panel.record.text() == "Record"
    qtbot.mouseClick(panel.record, LEFT)
    panel.show_state(telemetry(recording=True, recorded_s=12.7), MODELS, set())
    assert panel.record.text() == "Stop recording 00:12"
    assert panel.record.toolTip() == "Recording to /recordings/cells.zarr"
    qtbot.keyClick(panel.record, Qt.Key.Key_Space)
    assert said == [("record", True), ("record", False)]


def test_a_second_press_while_the_first_is_under_way_asks_for_nothing(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.show_state(telemetry(recording=False), MODELS, {"record"})
    assert panel.record.text() == "Starting…"
    qtbot.mouseClick(panel.record, LEFT)
    assert said == []


def test_a_recording_of_unknown_length_shows_no_clock(panel: ControlPanel) -> None:
    panel.show_state(telemetry(recorded_s=None), MODELS, set())
    assert panel.record.text() == "Stop recording"


def test_the_record_button_never_changes_its_width(panel: ControlPanel) -> None:
    widths = set()
    for state in ({"recording": False}, {"recorded_s": 5}, {"recorded_s": 86_399}):
        panel.show_state(telemetry(**state), MODELS, set())
        settle()
        widths.add(panel.record.width())
    assert len(widths) == 1


def test_a_refused_control_says_why_where_it_is_asked(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    reason = "the normalisation is fixed in the configuration"
    panel.show_state(telemetry(refused={"relock": reason}), MODELS, set())
    assert panel.relock.toolTip() == f"Not now: {reason}"
    assert panel.status.said == f"Brightness: {reason}"
    qtbot.mouseClick(panel.relock, LEFT)
    assert panel.status.said == f"Brightness: {reason}"
    assert panel.status.property("tone") == "warning"
    assert said == []
    panel.show_state(telemetry(), MODELS, set())
    assert panel.status.said == BLANK
    qtbot.mouseClick(panel.relock, LEFT)
    assert said == [("relock",)]


def test_equal_reasons_are_said_once(panel: ControlPanel) -> None:
    panel.show_state(telemetry(refused={"mark": "not now", "relock": "not now"}), MODELS, set())
    assert panel.status.said == "Mark, Brightness: not now"


def test_hovering_and_leaving_a_refused_control(panel: ControlPanel, qtbot: QtBot) -> None:
    refused = {"mark": "nothing is recorded", "relock": "it is fixed"}
    panel.show_state(telemetry(refused=refused), MODELS, set())
    qtbot.mouseMove(panel.mark)
    settle()
    assert panel.status.said == "Mark: nothing is recorded"
    qtbot.mouseMove(panel.record)
    settle()
    assert "Brightness: it is fixed" in panel.status.said


def test_every_control_is_reached_by_tab_even_refused(panel: ControlPanel, qtbot: QtBot) -> None:
    reached = []
    panel.record.setFocus()
    for _ in range(5):
        reached.append(panel.focusWidget())
        qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_Tab)
    assert reached == list(controls(panel))


def test_focus_is_seen(panel: ControlPanel, qtbot: QtBot) -> None:
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.show_state(telemetry(), MODELS, set())
    for control in controls(panel):
        control.clearFocus()
        settle()
        without = control.grab().toImage()
        control.setFocus(Qt.FocusReason.TabFocusReason)
        settle()
        assert control.grab().toImage() != without


def test_pressing_a_button_leaves_the_keyboard_where_it_is(
    panel: ControlPanel, qtbot: QtBot
) -> None:
    panel.show_state(telemetry(), MODELS, set())
    panel.model.combo.setFocus()
    qtbot.mouseClick(panel.record, LEFT)
    assert panel.focusWidget() is panel.model.combo


def test_a_mark_is_written_in_line_and_sent_with_enter(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.show_state(telemetry(), MODELS, set())
    qtbot.mouseClick(panel.mark, LEFT)
    assert panel.field.isVisible()
    assert panel.focusWidget() is panel.field.line
    qtbot.keyClicks(panel.field.line, "drug added ")
    qtbot.keyClick(panel.field.line, Qt.Key.Key_Return)
    assert said == [("mark", "drug added")]
    assert not panel.field.isVisible()
    assert QApplication.activeModalWidget() is None


def test_esc_leaves_the_mark(panel: ControlPanel, qtbot: QtBot, said: list[Any]) -> None:
    panel.show_state(telemetry(), MODELS, set())
    qtbot.mouseClick(panel.mark, LEFT)
    qtbot.keyClicks(panel.field.line, "no")
    qtbot.keyClick(panel.field.line, Qt.Key.Key_Escape)
    assert not panel.field.isVisible()
    assert said == []
    qtbot.mouseClick(panel.mark, LEFT)
    assert panel.field.line.text() == ""


def test_a_mark_that_is_refused_meanwhile_keeps_its_words(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.show_state(telemetry(), MODELS, set())
    qtbot.mouseClick(panel.mark, LEFT)
    qtbot.keyClicks(panel.field.line, "drug added")
    panel.show_state(telemetry(refused={"mark": "the recording has ended"}), MODELS, set())
    qtbot.keyClick(panel.field.line, Qt.Key.Key_Return)
    assert said == []
    assert panel.field.line.text() == "drug added"
    assert panel.status.isVisible()
    assert panel.status.said == "Mark: the recording has ended"


def test_the_model_that_restores_is_shown_and_no_setter_asks_for_one(
    panel: ControlPanel, said: list[Any]
) -> None:
    panel.show_state(telemetry(), MODELS, set())
    assert panel.model.combo.currentText() == "default-fast"
    panel.show_state(telemetry(model="of my own"), MODELS, set())
    assert panel.model.combo.currentText() == "of my own"
    assert panel.model.combo.count() == 3
    assert said == []


def test_a_picked_model_is_asked_for(panel: ControlPanel, qtbot: QtBot, said: list[Any]) -> None:
    panel.show_state(telemetry(), MODELS, set())
    choose(panel, qtbot, "default-best")
    assert said == [("model", "default-best")]
    panel.show_state(telemetry(), MODELS, {"swap"})
    assert panel.model.combo.currentText() == ""
    assert panel.model.combo.placeholderText() == "changing to default-best…"
    assert panel.status.said == "Model: changing to default-best…"
    panel.show_state(telemetry(model="default-best"), MODELS, set())
    assert panel.model.combo.currentText() == "default-best"


def test_picking_what_restores_already_asks_for_nothing(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.show_state(telemetry(), MODELS, set())
    choose(panel, qtbot, "default-fast")
    assert said == []
    assert panel.model.combo.currentText() == "default-fast"


def test_neither_wheel_nor_letters_change_the_model(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.show_state(telemetry(), MODELS, set())
    combo = panel.model.combo
    turn_wheel(combo, -1)
    qtbot.keyClicks(combo, "default-best")
    qtbot.keyClick(combo, Qt.Key.Key_End)
    assert said == []
    assert combo.currentText() == "default-fast"


def test_a_snapshot_needs_a_picture_and_no_run(
    panel: ControlPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.show_state(None, (), set(), snapshot_refused="")
    qtbot.mouseClick(panel.snapshot, LEFT)
    assert said == [("snapshot",)]
    panel.show_state(telemetry(), (), set(), snapshot_refused="no frame has come yet")
    qtbot.mouseClick(panel.snapshot, LEFT)
    assert said == [("snapshot",)]
    assert panel.status.said == "Snapshot: no frame has come yet"


def test_an_answer_is_said_until_it_is_taken_back(panel: ControlPanel) -> None:
    panel.show_state(telemetry(), MODELS, set())
    panel.say("Marked at frame 123")
    panel.show_state(telemetry(), MODELS, set())
    assert panel.status.said == "Marked at frame 123"
    panel.say("")
    assert panel.status.said == BLANK


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_the_keys_of_a_control_are_not_taken_by_shortcuts(
    panel: ControlPanel, qtbot: QtBot, said: list[Any], key: Qt.Key
) -> None:
    taken: list[bool] = []
    shortcut = QShortcut(QKeySequence(key), panel)
    shortcut.activated.connect(lambda: taken.append(True))
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.show_state(telemetry(), MODELS, set())
    qtbot.keyClick(panel.snapshot, key)
    qtbot.keyClick(panel.model.combo, key)
    assert panel.model.combo.view().isVisible()
    panel.model.combo.hidePopup()
    assert said == [("snapshot",)]
    assert taken == []
    qtbot.keyClick(panel, key)
    assert taken == [True]
