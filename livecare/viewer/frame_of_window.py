"""Knows where everything stands in the window."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QSplitter, QVBoxLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.panels.banner import Banner
from livecare.viewer.panels.contrast import ContrastPanel
from livecare.viewer.panels.control import ControlPanel
from livecare.viewer.panels.curves import CurvesPanel
from livecare.viewer.panels.exposure import ExposurePanel
from livecare.viewer.panels.health import HealthPanel
from livecare.viewer.panels.help import HelpOverlay
from livecare.viewer.panels.section import Column, Section
from livecare.viewer.panels.time_bar import TimeBar
from livecare.viewer.panels.trust import TrustPanel
from livecare.viewer.picture.choices import Mode, Tool
from livecare.viewer.picture.picture import Picture
from livecare.viewer.ways_bar import WaysBar

QWIDGETSIZE_MAX: Final = (1 << 24) - 1
"""Qt's own largest height of a widget, pixels: no limit."""

Shortcut = tuple[str, str, Callable[[], None]]
"""Its key, what it does, and how."""


class FrameOfWindow(QMainWindow):
    """The picture and what stands around it; nothing moves by itself here."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("livecare")
        self.control = ControlPanel()
        self.banner = Banner()
        self.ways = WaysBar()
        self.picture = Picture()
        self.readout = QLabel()
        self.time_bar = TimeBar()
        self.health, self.trust = HealthPanel(), TrustPanel()
        self.contrast, self.curves = ContrastPanel(), CurvesPanel()
        self.exposure = ExposurePanel()
        self.curves_section = Section("Line and region", self.curves)
        self.sections = {
            "health": Section("Health", self.health),
            "trust": Section("Trust", self.trust),
            "contrast": Section("Contrast and colour", self.contrast),
            "exposure": Section("Exposure", self.exposure),
        }
        self.column = Column(list(self.sections.values()))
        self._lay_out()
        self.help: HelpOverlay | None = None

    def install(self, shortcuts: tuple[Shortcut, ...]) -> None:
        """Make the shortcuts work, and list them in the help."""
        for keys, _, act in shortcuts:
            for key in keys.split(" or "):
                QShortcut(QKeySequence(key), self).activated.connect(act)
        self.help = HelpOverlay(self, [(keys, does) for keys, does, _ in shortcuts])

    def choose_mode(self, mode: Mode) -> None:
        """Compare in another way."""
        self.picture.set_mode(mode)
        self.ways.show_mode(mode)
        self.trust.set_difference(shown=mode == "difference")

    def choose_tool(self, tool: Tool) -> None:
        """Take another tool; what it measures is shown below the picture."""
        self.picture.set_tool(tool)
        self.ways.show_tool(tool)
        if tool != "none":
            self.curves_section.set_open(is_open=True)

    def show_panels(self, shown: bool) -> None:  # noqa: FBT001 - a slot
        """Show or hide the panels at the side."""
        self.column.setVisible(shown)
        self.ways.show_panels(shown=shown)

    def _lay_out(self) -> None:
        self.readout.setTextFormat(Qt.TextFormat.PlainText)  # names of channels are no HTML
        self.readout.setContentsMargins(theme.scaled(8), 0, 0, 0)
        self.readout.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.readout.setMinimumWidth(1)  # long values never push the window wider
        above = _stacked(self.ways, self.picture, self.readout, self.time_bar)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(above)
        self.rows.addWidget(self.curves_section)
        self.rows.setStretchFactor(0, 1)
        self.curves_section.opened.connect(self._fold_curves)
        self.rows.setCollapsible(0, False)
        columns = QWidget()
        beside = QHBoxLayout(columns)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(theme.scaled(4))
        beside.addWidget(self.rows, 1)
        beside.addWidget(self.column)
        self.setCentralWidget(_stacked(self.control, self.banner, columns, stretched=columns))

    def _fold_curves(self, shown: bool) -> None:  # noqa: FBT001 - a slot
        """Leave no gap below the picture while the curves are folded away."""
        heading = self.curves_section.heading.sizeHint().height()
        self.curves_section.setMaximumHeight(QWIDGETSIZE_MAX if shown else heading)
        if not shown:
            self.rows.setSizes([QWIDGETSIZE_MAX, heading])


def _stacked(*widgets: QWidget, stretched: QWidget | None = None) -> QWidget:
    """Stack widgets; the second, or the one named, takes the room that is left."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, 1 if widget is (stretched or widgets[1]) else 0)
    return whole
