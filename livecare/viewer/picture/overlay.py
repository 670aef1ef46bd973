"""Knows what lies over a pane in pixels of the screen, the same size however near one looks."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from livecare.viewer.picture.viewport import PlaceYX, Viewport


class Overlay(pg.GraphicsObject):  # type: ignore[misc]
    """Something painted over a pane: its items say what, in `paint_over`."""

    def __init__(self, parent: QGraphicsItem, layer: int) -> None:
        super().__init__(parent)
        self.setZValue(layer)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.viewport = Viewport()
        self.size_yx: PlaceYX = (0.0, 0.0)

    def look(self, viewport: Viewport, size_yx: PlaceYX) -> None:
        """Say what the pane shows, and how large it is."""
        if size_yx != self.size_yx:
            self.prepareGeometryChange()
        if (viewport, size_yx) != (self.viewport, self.size_yx):
            self.viewport, self.size_yx = viewport, size_yx
            self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Give where it paints: the whole pane."""
        return QRectF(0, 0, self.size_yx[1], self.size_yx[0])

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002 - Qt's signature
        widget: QWidget | None = None,
    ) -> None:
        """Paint it, smoothly; Qt calls this."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if widget is not None:
            painter.setFont(widget.font())
        self.paint_over(painter)

    def paint_over(self, painter: QPainter) -> None:
        """Paint it in pixels of the pane."""
        raise NotImplementedError
