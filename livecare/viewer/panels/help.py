"""Knows how the shortcuts are listed over the window, until any key or press."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from livecare.viewer import theme

SHADE: Final = QColor(0, 0, 0, 170)
"""What the window is dimmed with below the list."""
COLUMNS: Final = 2
"""Columns of shortcuts."""


class HelpOverlay(QWidget):
    """Lists the shortcuts over its parent; any key or press closes it.

    Parameters
    ----------
    parent : QWidget
        What it lies over.
    shortcuts : sequence of (str, str)
        Key and what it does.
    """

    def __init__(self, parent: QWidget, shortcuts: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._under = parent
        self._before: QWidget | None = None
        self.card = QFrame()
        self.card.setProperty("role", "card")
        self._fill(shortcuts)
        around = QVBoxLayout(self)
        around.addWidget(self.card, 0, Qt.AlignmentFlag.AlignCenter)
        parent.installEventFilter(self)
        self.hide()

    def _fill(self, shortcuts: Sequence[tuple[str, str]]) -> None:
        grid = QGridLayout(self.card)
        margin = theme.scaled(22)
        grid.setContentsMargins(margin, margin, margin, margin)
        grid.setHorizontalSpacing(theme.scaled(12))
        grid.setVerticalSpacing(theme.scaled(8))
        grid.setColumnMinimumWidth(2, theme.scaled(60))
        title = QLabel("Keyboard shortcuts")
        title.setProperty("role", "title")
        grid.addWidget(title, 0, 0, 1, 2 * COLUMNS)
        rows = -(-len(shortcuts) // COLUMNS)
        for place, (key, does) in enumerate(shortcuts):
            column, row = divmod(place, max(1, rows))
            name = QLabel(key)
            name.setProperty("role", "key")
            name.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(name, row + 1, 2 * column)
            grid.addWidget(QLabel(does), row + 1, 2 * column + 1)
        closing = QLabel("Press any key to close.")
        closing.setProperty("tone", "muted")
        grid.addWidget(closing, rows + 1, 0, 1, 2 * COLUMNS)

    def open(self) -> None:
        """Show the list, and take the keyboard."""
        self._before = self.window().focusWidget()
        self.setGeometry(self._under.rect())
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Hide the list, and give the keyboard back."""
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
            self._before = None

    def event(self, event: QEvent) -> bool:
        """Take every key, so that none of the window's shortcuts is run; called by Qt."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Close; called by Qt."""
        event.accept()
        self.dismiss()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Close; called by Qt."""
        event.accept()
        self.dismiss()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802, A002, FBT001 - Qt's names
        """Close with Tab too; called by Qt."""
        del next
        self.dismiss()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's names
        """Dim the window; called by Qt."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), SHADE)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay as large as the window; called by Qt."""
        if watched is self._under and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._under.rect())
        return super().eventFilter(watched, event)
