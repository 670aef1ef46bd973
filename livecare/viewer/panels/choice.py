"""Knows how a field to choose from is drawn on dark ground."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox

from livecare.viewer import theme
from livecare.viewer.panels.button import MOVING, PRESSING, keeps

ARROW: Final = ((-4.0, -2.0), (0.0, 2.0), (4.0, -2.0))
"""The arrow's points around its middle, pixels at 96 dpi."""
MIDDLE_PX: Final = 13
"""From the right edge to the arrow's middle, pixels at 96 dpi."""


class Choice(QComboBox):
    """A field to choose from, whose arrow is as large as the words."""

    def event(self, event: QEvent) -> bool:
        """Keep its keys; called by Qt."""
        return keeps(event, PRESSING + MOVING) or super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the field, and its arrow; called by Qt."""
        super().paintEvent(event)
        middle = QPointF(self.width() - theme.scaled(MIDDLE_PX), self.height() / 2)
        unit = theme.scaled(100) / 100
        points = [middle + QPointF(x, y) * unit for x, y in ARROW]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme.TEXT if self.isEnabled() else theme.BORDER
        painter.setPen(QPen(QColor(colour), theme.scaled(1.6)))
        painter.drawPolyline(QPolygonF(points))
        painter.end()
