"""Knows how the split between raw and restored looks, and where it may be taken hold of."""

from typing import Final

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem

from livecare.viewer.picture.overlay import Overlay
from livecare.viewer.theme import INK, scaled

LINE: Final = QColor("#ffffff")
"""The split and its grip."""
SHADE: Final = QColor(0, 0, 0, 150)
"""Beside them, so that they are seen on white."""
GRIP_PX: Final = 15
"""Radius of the grip, pixels at 96 dpi: large enough for a finger beside a mouse."""
REACH_PX: Final = 8
"""How far from the split it can be taken hold of, pixels at 96 dpi."""
INSET_PX: Final = 20
"""How near to the pane's edge the split may come, so that its grip stays within, at 96 dpi."""


class WipeItem(Overlay):
    """A line from top to bottom with a grip in its middle."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent, layer=15)
        self._x = 0.0

    @property
    def x(self) -> float:
        """Where the split is, pixels of the pane."""
        return self._x

    def place(self, x: float) -> None:
        """Put the split there, pixels of the pane."""
        if x != self._x:
            self._x = x
            self.update()

    def held_at(self, place_yx: tuple[float, float]) -> bool:
        """Whether a place of the pane is on the split or its grip."""
        y, x = place_yx
        away_y, away_x = y - self.size_yx[0] / 2, x - self._x
        on_grip = away_y**2 + away_x**2 <= scaled(GRIP_PX) ** 2
        return self.isVisible() and (on_grip or abs(away_x) <= scaled(REACH_PX))

    def paint_over(self, painter: QPainter) -> None:
        """Paint the split and its grip."""
        height = self.size_yx[0]
        line = QLineF(self._x, 0, self._x, height)
        for colour, width in ((SHADE, scaled(4)), (LINE, scaled(1.6))):
            painter.setPen(QPen(colour, width))
            painter.drawLine(line)
        middle, radius = QPointF(self._x, height / 2), scaled(GRIP_PX)
        painter.setPen(QPen(SHADE, scaled(2)))
        painter.setBrush(LINE)
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(INK))
        for way in (-1, 1):
            painter.drawPolygon(_arrow(middle, way * radius))


def _arrow(middle: QPointF, reach: float) -> QPolygonF:
    """Give an arrow from the middle to a side."""
    x, y = middle.x() + 0.2 * reach, middle.y()
    tall = abs(reach) * 0.4
    return QPolygonF([QPointF(x, y - tall), QPointF(x, y + tall), QPointF(x + 0.5 * reach, y)])
