"""Knows how a box with a check mark is drawn on dark ground."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from livecare.viewer import theme
from livecare.viewer.panels.button import PRESSING, keeps

MARK: Final = ((0.2, 0.52), (0.42, 0.74), (0.8, 0.26))
"""The check mark's points, as parts of the box."""


class Tick(QCheckBox):
    """A check box whose mark is seen without its colour.

    Parameters
    ----------
    text : str
        Its words.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        """Keep its keys; called by Qt."""
        return keeps(event, PRESSING) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Be switched by Enter, too; called by Qt."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the box, and the mark in it; called by Qt."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        points = [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in MARK]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.INK), theme.scaled(2)))
        painter.drawPolyline(QPolygonF(points))
        painter.end()
