"""Knows how a line or a rectangle looks over a pane, handles and all."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from livecare.viewer.picture.overlay import Overlay
from livecare.viewer.picture.tools import Line, Shape
from livecare.viewer.theme import scaled

SHAPE: Final = QColor("#f0e442")
"""Lines of a tool: yellow (Okabe-Ito), which neither side's tag has."""
SHADE: Final = QColor(0, 0, 0, 170)
"""Under the lines, so that they are seen on white."""
HANDLE_PX: Final = 5
"""Half the size of a handle, pixels at 96 dpi."""


class ToolItem(Overlay):
    """The shapes over a pane."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent, layer=10)
        self._shapes: tuple[Shape, ...] = ()

    def show_shapes(self, shapes: tuple[Shape, ...]) -> None:
        """Lay these over the pane."""
        if shapes != self._shapes:
            self._shapes = shapes
            self.update()

    def paint_over(self, painter: QPainter) -> None:
        """Paint the shapes."""
        thin, thick = scaled(1.5), scaled(4)
        for shape in self._shapes:
            for colour, width in ((SHADE, thick), (SHAPE, thin)):
                painter.setPen(QPen(colour, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                self._paint_outline(painter, shape)
            painter.setPen(QPen(SHADE, 1))
            painter.setBrush(SHAPE)
            for place in shape.grips().values():
                self._paint_handle(painter, self._point(place), round_=isinstance(shape, Line))

    def _paint_outline(self, painter: QPainter, shape: Shape) -> None:
        points = [self._point(place) for place in shape.grips().values()]
        if isinstance(shape, Line):
            painter.drawLine(points[0], points[1])
        else:
            painter.drawRect(QRectF(points[0], points[-1]))

    @staticmethod
    def _paint_handle(painter: QPainter, at: QPointF, *, round_: bool) -> None:
        half = scaled(HANDLE_PX)
        if round_:
            painter.drawEllipse(at, half, half)
        else:
            painter.drawRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half))

    def _point(self, place_yx: tuple[float, float]) -> QPointF:
        y, x = self.viewport.to_pane(place_yx, self.size_yx)
        return QPointF(x, y)
