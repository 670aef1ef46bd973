"""Knows how a frame gets on the screen: only what is seen of it, drawn once, as one image."""

import math
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from livecare.viewer.display.colours import Screen
from livecare.viewer.display.region import Region, visible_region
from livecare.viewer.picture.content import Content
from livecare.viewer.picture.viewport import PlaceYX, ViewYX

COARSEST: Final = 1.1
"""Pixels of the screen that one of a frame that is larger may take: at 1.9 camera pixels per pixel
of the screen every second one is drawn, which looks the same and costs a quarter of all of them."""
_NOWHERE: Final = (0.0, 0.0, 0.0, 0.0)
_DECIMALS: Final = 6
"""Of an edge of the view, pixels: a frame of 2999.9999999 pixels on 1000 takes every third."""


class FrameItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws a content in camera pixels, where pixel (r, c) covers r to r + 1 and c to c + 1.

    The pixels are turned to colours when the item is painted, and only if the content or what is
    seen of it changed since: frames that come faster than the screen is painted cost nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self._content: Content | None = None
        self._view_yx: ViewYX = _NOWHERE
        self._size_yx: PlaceYX = (1.0, 1.0)
        self._columns: tuple[float, float] | None = None
        self._region: Region | None = None
        self._screen: Screen | None = None
        self._image = QImage()
        self.draws = 0
        """How often pixels were turned to colours."""

    @property
    def screen(self) -> Screen | None:
        """The colours painted last; None before that."""
        return self._screen

    def show_content(self, content: Content | None) -> None:
        """Draw this from now on; None for nothing."""
        if content is self._content or (content is not None and content.same_as(self._content)):
            return
        if self._extent(content) != self._extent(self._content):
            self.prepareGeometryChange()
        self._content = content
        self._region = None
        self.update()

    def look(
        self, view_yx: ViewYX, size_yx: PlaceYX, columns: tuple[float, float] | None = None
    ) -> None:
        """Say what is seen.

        Parameters
        ----------
        view_yx : tuple of float
            Top, left, bottom and right of the view, camera pixels.
        size_yx : tuple of float
            Height and width of the view, logical pixels of the screen.
        columns : tuple of float or None
            Draw only what lies between these two, camera pixels; None for all of it.
        """
        if (view_yx, size_yx, columns) != (self._view_yx, self._size_yx, self._columns):
            self._view_yx, self._size_yx, self._columns = view_yx, size_yx, columns
            self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Give where it draws: the whole frame, camera pixels."""
        rows, columns = self._extent(self._content)
        return QRectF(0, 0, columns, rows)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002 - Qt's signature
        widget: QWidget | None = None,  # noqa: ARG002
    ) -> None:
        """Draw what is seen; Qt calls this."""
        content, clip = self._content, self._clip()
        if content is None or clip.isEmpty():
            return
        self._draw(content, painter.device().devicePixelRatio(), clip)
        region = self._region
        if region is None:
            return
        rows, columns = (side * content.reduction for side in region.covered_yx)
        top, left = region.y0 * content.reduction, region.x0 * content.reduction
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setClipRect(clip)
        painter.drawImage(QRectF(left, top, columns, rows), self._image)

    def _clip(self) -> QRectF:
        clip = self.boundingRect()
        if self._columns is not None:
            left, right = self._columns
            clip = clip.intersected(QRectF(left, clip.top(), max(right - left, 0), clip.height()))
        return clip

    def _draw(self, content: Content, device_ratio: float, clip: QRectF) -> None:
        """Turn the pixels that are seen to colours, unless that was done."""
        (top, left, bottom, right), k = self._view_yx, content.reduction
        height, width = self._size_yx
        seen_left, seen_right = max(left, clip.left()), min(right, clip.right())
        part = (seen_right - seen_left) / (right - left) if right > left else 0.0
        if part <= 0:
            self._region = None
            return
        edges = (round(edge / k, _DECIMALS) for edge in (top, seen_left, bottom, seen_right))
        view_yx: ViewYX = (next(edges), next(edges), next(edges), next(edges))
        fine = device_ratio / COARSEST
        screen_px = (math.ceil(height * fine), math.ceil(width * part * fine))
        region = visible_region(content.shape_yx, view_yx, screen_px)
        if region == self._region:
            return
        screen = content.draw(region)
        rows, columns = screen.shape
        # The image reads the array where it lies, so the array has to stay.
        self._image = QImage(
            screen.data, columns, rows, screen.strides[0], QImage.Format.Format_RGB32
        )
        self._screen, self._region = screen, region
        self.draws += 1

    @staticmethod
    def _extent(content: Content | None) -> tuple[int, int]:
        if content is None:
            return (0, 0)
        rows, columns = content.shape_yx
        return rows * content.reduction, columns * content.reduction
