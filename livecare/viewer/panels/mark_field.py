"""Knows how a mark is written: one line, sent with Enter, left with Esc."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from livecare.viewer import theme
from livecare.viewer.panels.button import Button

LONGEST: Final = 500
"""Longest mark, characters: a remark, not a report."""


class MarkField(QWidget):
    """Asks what happened, in the line below the buttons."""

    sent = Signal(str)
    """The words of the mark; may be empty."""
    left = Signal()
    """Nothing is to be marked."""

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST)
        self.line.setPlaceholderText("What happened? For example: drug added. Enter saves it.")
        self.line.setAccessibleName("What happened")
        self.line.returnPressed.connect(self._send)
        self.save = Button("Save mark")
        self.cancel = Button("Cancel")
        self.save.clicked.connect(self._send)
        self.cancel.clicked.connect(self.left)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.scaled(4))
        row.addWidget(self.line, 1)
        row.addWidget(self.save)
        row.addWidget(self.cancel)

    def ask(self) -> None:
        """Be written into."""
        self.line.clear()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Leave with Esc; called by Qt."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _send(self) -> None:
        self.sent.emit(self.line.text().strip())
