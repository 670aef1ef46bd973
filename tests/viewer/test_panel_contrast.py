from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

import numpy as np
import pyqtgraph as pg
from mouse_wheel import turn_wheel
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QCheckBox, QDoubleSpinBox
from pytestqt.qtbot import QtBot
from shown_widgets import settle

from livecare.viewer import theme
from livecare.viewer.display.histogram import histograms
from livecare.viewer.panels.contrast import ContrastPanel
from livecare.viewer.styles import ChannelStyle, Levels

LEFT = Qt.MouseButton.LeftButton
STYLE = ChannelStyle(Levels(100, 400), Levels(150, 300), 1.0, "grey")


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[ContrastPanel]:
    theme.apply_theme(qapp)
    shown = ContrastPanel()
    qtbot.addWidget(shown)
    shown.resize(280, 460)
    shown.set_style(0, STYLE)
    shown.show()
    qtbot.waitExposed(shown)
    settle()
    per_second = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", 0)  # tests move the mouse faster than people
    yield shown
    pg.setConfigOption("mouseRateLimit", per_second)


@pytest.fixture
def said(panel: ContrastPanel) -> list[Any]:
    """Return what the panel asked for, in order."""
    heard = []
    panel.style_changed.connect(lambda channel, style: heard.append(("style", channel, style)))
    panel.lock_changed.connect(lambda channel, locked: heard.append(("lock", channel, locked)))
    panel.same_changed.connect(lambda same: heard.append(("same", same)))
    panel.channel_picked.connect(lambda channel: heard.append(("pick", channel)))
    return heard


def press(qtbot: QtBot, tick: QCheckBox) -> None:
    """Press a check box where its words are."""
    qtbot.mouseClick(tick, LEFT, pos=QPoint(tick.sizeHint().width() // 2, tick.height() // 2))


def type_value(qtbot: QtBot, field: QDoubleSpinBox, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def drag_line(
    panel: ContrastPanel,
    line: pg.InfiniteLine,
    to: float,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """Move one of the plot's lines to a value with the mouse."""
    plot = panel.plot.plot
    box = plot.getViewBox()

    def place(value: float) -> QPointF:
        low, high = box.viewRange()[1]
        spot = box.mapViewToScene(QPointF(value, (low + high) / 2))
        return QPointF(plot.mapFromScene(spot))

    start, end = place(line.value()), place(to)
    path = [start, start + (end - start) / 2, end]
    kinds = QEvent.Type
    _send(plot, kinds.MouseMove, path[0], Qt.MouseButton.NoButton, Qt.MouseButton.NoButton)
    _send(plot, kinds.MouseButtonPress, path[0], LEFT, LEFT)
    for spot in path[1:]:
        _send(plot, kinds.MouseMove, spot, Qt.MouseButton.NoButton, LEFT)
        meanwhile()
    _send(plot, kinds.MouseButtonRelease, path[-1], LEFT, Qt.MouseButton.NoButton)


def _send(
    plot: pg.PlotWidget,
    kind: QEvent.Type,
    spot: QPointF,
    button: Qt.MouseButton,
    buttons: Qt.MouseButton,
) -> None:
    whole = QPointF(plot.viewport().mapToGlobal(spot.toPoint()))
    event = QMouseEvent(kind, spot, whole, button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(plot.viewport(), event)


def test_setters_ask_for_nothing(panel: ContrastPanel, said: list[Any]) -> None:
    panel.set_channels(("GFP", "mCherry"))
    panel.set_style(1, ChannelStyle(Levels(1, 2), Levels(3, 4), 0.5, "green", False, True))
    panel.set_locked(0, locked=True)
    panel.set_same(same=True)
    panel.set_histograms(0, histograms(np.ones((4, 4), np.uint16), None))
    panel.set_channels(("GFP",))
    assert said == []


def test_a_style_is_shown_as_it_is(panel: ContrastPanel) -> None:
    panel.set_channels(("GFP", "mCherry"))
    panel.set_style(0, ChannelStyle(Levels(1, 200), Levels(3, 400), 0.5, "cyan", False, True))
    row = panel.rows[0]
    assert not row.shown.isChecked()
    assert row.colour.currentText() == "cyan"
    assert [field.value() for field in panel.fields.fields["raw"]] == [1, 200]
    assert [field.value() for field in panel.fields.fields["restored"]] == [3, 400]
    assert panel.gamma.number.text() == "0.50"
    assert panel.warnings.isChecked()
    assert panel.legend.isVisible()


def test_typing_a_level_locks_the_contrast(
    panel: ContrastPanel, qtbot: QtBot, said: list[Any]
) -> None:
    type_value(qtbot, panel.fields.fields["restored"][0], "120")
    wanted = ChannelStyle(Levels(100, 400), Levels(120, 300))
    assert said == [("lock", 0, True), ("style", 0, wanted)]
    assert panel.locked.isChecked()


def test_nothing_is_said_while_a_number_is_half_typed(
    panel: ContrastPanel, qtbot: QtBot, said: list[Any]
) -> None:
    field = panel.fields.fields["raw"][1]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "4")
    assert said == []
    panel.set_style(0, ChannelStyle(Levels(90, 390), Levels(150, 300)))
    assert field.text() == "4"


def test_levels_are_never_upside_down(panel: ContrastPanel, qtbot: QtBot, said: list[Any]) -> None:
    type_value(qtbot, panel.fields.fields["raw"][0], "500")
    assert said[-1][2].raw == Levels(400, 500)


def test_one_contrast_for_both(panel: ContrastPanel, qtbot: QtBot, said: list[Any]) -> None:
    press(qtbot, panel.same)
    assert said == [("same", True)]
    assert not panel.fields.fields["raw"][0].isVisible()
    assert panel.fields.heads["restored"].text() == "both"
    type_value(qtbot, panel.fields.fields["restored"][1], "350")
    assert said[-1] == ("style", 0, ChannelStyle(Levels(150, 350), Levels(150, 350)))


@pytest.mark.parametrize("name", ["raw", "restored"])
@pytest.mark.parametrize("end", [0, 1])
def test_dragging_a_line_sets_its_level_and_locks(
    panel: ContrastPanel, said: list[Any], name: str, end: int
) -> None:
    drag_line(panel, panel.plot.lines[name][end], 220)
    assert said[0] == ("lock", 0, True)
    levels = getattr(said[-1][2], name)
    assert (levels.low, levels.high)[end] == pytest.approx(220, abs=3)
    other = "restored" if name == "raw" else "raw"
    assert getattr(said[-1][2], other) == getattr(STYLE, other)


def test_a_line_that_is_held_is_not_torn_away(panel: ContrastPanel, said: list[Any]) -> None:
    line = panel.plot.lines["raw"][1]
    others = iter((Levels(50, 600), Levels(60, 700)))
    held = []

    def another_frame() -> None:
        panel.set_style(0, ChannelStyle(next(others), Levels(150, 300)))
        held.append(line.value())

    drag_line(panel, line, 250, another_frame)
    assert held == pytest.approx([325, 250], abs=3)
    assert said[-1][2].raw.high == pytest.approx(250, abs=3)
    drag_line(panel, line, 270)
    assert said[-1][2].raw.high == pytest.approx(270, abs=3)


def test_automatic_or_locked(panel: ContrastPanel, qtbot: QtBot, said: list[Any]) -> None:
    assert panel.automatic.isChecked()
    qtbot.mouseClick(panel.locked, LEFT)
    qtbot.mouseClick(panel.locked, LEFT)
    qtbot.mouseClick(panel.automatic, LEFT)
    assert said == [("lock", 0, True), ("lock", 0, False)]


def test_gamma(panel: ContrastPanel, qtbot: QtBot, said: list[Any]) -> None:
    qtbot.keyClick(panel.gamma.slider, Qt.Key.Key_End)
    assert said[-1][2].gamma == pytest.approx(4)
    qtbot.keyClick(panel.gamma.slider, Qt.Key.Key_Home)
    assert said[-1][2].gamma == pytest.approx(0.25)
    assert panel.gamma.number.text() == "0.25"
    for _ in range(100):
        qtbot.keyClick(panel.gamma.slider, Qt.Key.Key_Right)
    assert said[-1][2].gamma == 1


def test_warnings_come_with_their_legend(
    panel: ContrastPanel, qtbot: QtBot, said: list[Any]
) -> None:
    assert not panel.legend.isVisible()
    press(qtbot, panel.warnings)
    assert said[-1][2].warnings
    assert panel.legend.isVisible()


def test_the_only_channel_cannot_be_hidden(panel: ContrastPanel) -> None:
    assert not panel.rows[0].shown.isVisible()
    panel.set_channels(("GFP", "mCherry"))
    settle()
    assert panel.rows[0].shown.isVisible()


def test_each_channel_has_its_own_style(
    panel: ContrastPanel, qtbot: QtBot, said: list[Any]
) -> None:
    panel.set_channels(("GFP", "mCherry"))
    settle()
    panel.set_locked(1, locked=True)
    qtbot.mouseClick(panel.rows[1].name, LEFT)
    assert said == [("pick", 1)]
    assert panel.locked.isChecked()
    press(qtbot, panel.warnings)
    qtbot.mouseClick(panel.rows[0].shown, LEFT, pos=QPoint(8, panel.rows[0].height() // 2))
    panel.rows[1].colour.setFocus()
    qtbot.keyClick(panel.rows[1].colour, Qt.Key.Key_Down)
    assert [heard[:2] for heard in said[1:]] == [("style", 1), ("style", 0), ("style", 1)]
    assert said[1][2].warnings
    assert not said[2][2].shown
    assert said[2][2].raw == STYLE.raw
    assert said[3][2].colour == "magenta"
    qtbot.mouseClick(panel.rows[0].name, LEFT)
    assert panel.automatic.isChecked()
    assert not panel.warnings.isChecked()


def test_a_name_that_looks_like_html_is_shown_as_it_is(panel: ContrastPanel) -> None:
    panel.set_channels(("<b>GFP</b>  & Cy5", "DAPI"))
    tip = QTextDocumentFragment.fromHtml(panel.rows[0].name.toolTip()).toPlainText()
    assert tip == "<b>GFP</b>  & Cy5: press to see its contrast below."
    assert panel.rows[1].name.toolTip() == "DAPI: press to see its contrast below."


def test_both_histograms_are_drawn_and_told_apart(panel: ContrastPanel) -> None:
    raw = np.arange(400, dtype=np.uint16).reshape(20, 20) + 100
    counted = histograms(raw, raw // 2)
    panel.set_histograms(0, counted)
    for item, counts in ((panel.plot.raw, counted.raw), (panel.plot.restored, counted.restored)):
        edges, heights = item.getOriginalDataset()
        np.testing.assert_array_equal(edges, counted.edges)
        np.testing.assert_array_equal(heights[counts > 0], counts[counts > 0])
    pens = [item.opts["pen"] for item in (panel.plot.raw, panel.plot.restored)]
    assert pens[0].width() < pens[1].width()
    assert pens[0].color() != pens[1].color()
    low, high = panel.plot.plot.viewRange()[0]
    assert low <= 50
    assert high >= 499


def test_a_frame_that_is_not_there_has_no_curve(panel: ContrastPanel) -> None:
    panel.set_histograms(0, histograms(np.ones((4, 4), np.uint16), None))
    assert panel.plot.restored.getOriginalDataset()[0] is None
    panel.set_histograms(0, None)
    assert panel.plot.raw.getOriginalDataset()[0] is None


def test_the_wheel_scrolls_the_column_and_changes_nothing(
    panel: ContrastPanel, said: list[Any]
) -> None:
    for widget in (panel.fields.fields["raw"][0], panel.gamma.slider):
        assert not turn_wheel(widget, -1)
    assert said == []
