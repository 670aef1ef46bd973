"""Knows how the pixel under the mouse is marked, in each pane at the same place."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from livecare.viewer.picture.overlay import Overlay
from livecare.viewer.theme import scaled

LINE: Final = QColor(255, 255, 255, 150)
"""The lines: thin and light, so that the picture is seen through them."""
SHADE: Final = QColor(0, 0, 0, 120)
"""Beside the lines, so that they are seen on white."""
GAP_PX: Final = 10
"""Free around the pixel, so that the lines do not hide it, pixels at 96 dpi."""
BOX_PX: Final = 5
"""Size from which a pixel is outlined, pixels at 96 dpi."""


class CrosshairItem(Overlay):
    """Lines through one camera pixel; nothing while there is none."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent, layer=20)
        self._pixel: tuple[int, int] | None = None

    @property
    def pixel(self) -> tuple[int, int] | None:
        """The pixel that is marked, `(y, x)`."""
        return self._pixel

    def mark(self, pixel: tuple[int, int] | None) -> None:
        """Mark a pixel; None for none."""
        if pixel != self._pixel:
            self._pixel = pixel
            self.update()

    def paint_over(self, painter: QPainter) -> None:
        """Paint the lines, and the pixel's outline where it is large enough."""
        if self._pixel is None:
            return
        y, x = self._pixel
        top, left = self.viewport.to_pane((y, x), self.size_yx)
        side = self.viewport.zoom
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for off, colour in ((1, SHADE), (0, LINE)):
            painter.setPen(QPen(colour, 0))
            self._paint_lines(painter, top + side / 2 + off, left + side / 2 + off, side / 2)
        if side >= scaled(BOX_PX):
            painter.setPen(QPen(LINE, 0))
            painter.drawRect(QRectF(left, top, side, side))

    def _paint_lines(self, painter: QPainter, y: float, x: float, half: float) -> None:
        gap = max(scaled(GAP_PX), half)
        height, width = self.size_yx
        painter.drawLine(QPointF(0, y), QPointF(x - gap, y))
        painter.drawLine(QPointF(x + gap, y), QPointF(width, y))
        painter.drawLine(QPointF(x, 0), QPointF(x, y - gap))
        painter.drawLine(QPointF(x, y + gap), QPointF(x, height))
