"""Knows the bar of ways to look: compare, measure, zoom, help."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from livecare.viewer import theme
from livecare.viewer.picture.choices import MODES, Mode, Tool

MODE_NAMES: Final[dict[Mode, tuple[str, str]]] = {
    "side by side": ("Side by side", "Raw on the left, restored on the right (1)."),
    "wipe": ("Wipe", "One picture: drag the line between raw and restored (2)."),
    "blink": ("Blink", "One picture: raw and restored in turn (3)."),
    "difference": ("Difference", "What was removed: raw − restored (4)."),
}
"""What each way of comparing is called, and its hint."""

TOOL_NAMES: Final[dict[Tool, tuple[str, str]]] = {
    "line": ("Line", "Draw a line; its values are shown below the picture (I)."),
    "region": ("Region", "Draw a rectangle; its mean over time is shown below the picture (R)."),
}
"""What each tool is called, and its hint."""


class WaysBar(QWidget):
    """Buttons above the picture; says what is wanted, and shows what is."""

    mode_wanted = Signal(str)
    """Another way of comparing."""
    tool_wanted = Signal(str)
    """Another tool; "none" for none."""
    fit_wanted = Signal()
    """The whole frame."""
    actual_wanted = Signal()
    """One camera pixel on one pixel of the screen."""
    panels_wanted = Signal(bool)
    """The panels at the side."""
    help_wanted = Signal()
    """The shortcuts."""

    def __init__(self) -> None:
        super().__init__()
        self.modes = {mode: self._switch(*MODE_NAMES[mode]) for mode in MODES}
        self.tools = {tool: self._switch(*words) for tool, words in TOOL_NAMES.items()}
        self._group = QButtonGroup(self)
        for button in self.modes.values():
            self._group.addButton(button)
        self.fit = _button("Fit", "The whole frame (F).")
        self.actual = _button("1:1", "One camera pixel on one pixel of the screen (0).")
        self.panels = self._switch("Panels", "Health, trust and contrast at the side (S).")
        self.help = _button("?", "Keyboard shortcuts (H).")
        self._lay_out()
        self._connect()

    def show_mode(self, mode: Mode) -> None:
        """Show which way of comparing is on."""
        self.modes[mode].setChecked(True)

    def show_tool(self, tool: Tool) -> None:
        """Show which tool is on."""
        for name, button in self.tools.items():
            button.setChecked(name == tool)

    def show_panels(self, *, shown: bool) -> None:
        """Show whether the panels are."""
        self.panels.setChecked(shown)

    def _switch(self, words: str, tip: str) -> QPushButton:
        button = _button(words, tip)
        button.setCheckable(True)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        margin = theme.scaled(4)
        row.setContentsMargins(margin, margin, margin, margin)
        row.setSpacing(margin)
        for button in self.modes.values():
            row.addWidget(button)
        row.addSpacing(theme.scaled(12))
        for button in self.tools.values():
            row.addWidget(button)
        row.addSpacing(theme.scaled(12))
        row.addWidget(self.fit)
        row.addWidget(self.actual)
        row.addStretch(1)
        row.addWidget(self.panels)
        row.addWidget(self.help)

    def _connect(self) -> None:
        for mode, button in self.modes.items():
            button.clicked.connect(lambda _=False, mode=mode: self.mode_wanted.emit(mode))
        for tool, button in self.tools.items():
            button.clicked.connect(
                lambda on=False, tool=tool: self.tool_wanted.emit(tool if on else "none")
            )
        self.fit.clicked.connect(self.fit_wanted)
        self.actual.clicked.connect(self.actual_wanted)
        self.panels.clicked.connect(self.panels_wanted)
        self.help.clicked.connect(self.help_wanted)


def _button(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setToolTip(tip)
    return button
