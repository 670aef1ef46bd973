"""Knows how panes are laid out, looked at together, and what the mouse does in them."""

from typing import Final, Literal

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from livecare.viewer.picture.pane import Pane
from livecare.viewer.picture.shapes import Hold, Shapes
from livecare.viewer.picture.viewport import PlaceYX, Viewport, ViewYX, fit
from livecare.viewer.theme import WINDOW, scaled

GAP_PX: Final = 3
"""Between two panes, pixels at 96 dpi."""
REACH_PX: Final = 9
"""How far off a handle may be taken hold of, pixels at 96 dpi."""
WHEEL_STEP: Final = 120
"""What Qt says for a notch of a wheel: eighths of a degree."""
NOTCH_ZOOM: Final = 1.25
"""Factor of a notch of the wheel."""
DRAG_ZOOM: Final = 1.01
"""Factor of a pixel of a drag with the right button."""

_Drag = Literal["pan", "zoom", "split"] | Hold


class Board(pg.GraphicsView):  # type: ignore[misc]
    """Two panes that show the same part of the frame, of which the second may be hidden."""

    pointed = Signal(object)
    """The pixel under the mouse, `(y, x)`, or None."""
    shapes_changed = Signal()
    """A line or a rectangle was moved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=WINDOW)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.panes = (Pane(self.scene()), Pane(self.scene()))
        self.shapes = Shapes()
        self._shape_yx: tuple[int, int] | None = None
        self._viewport = Viewport()
        self._split = 0.5
        self._splits = False
        self._drag: _Drag | None = None
        self._pane = self.panes[0]
        self._pressed: tuple[PlaceYX, Viewport] = ((0.0, 0.0), self._viewport)
        self._mouse: PlaceYX | None = None
        self._pixel: tuple[int, int] | None = None

    @property
    def viewport_yx(self) -> Viewport:
        """What the panes show."""
        return self._viewport

    @property
    def split(self) -> float:
        """Where the split is, of the frame's width: 0 to 1."""
        return self._split

    @property
    def shape_yx(self) -> tuple[int, int] | None:
        """Rows and columns of the frame; None before the first."""
        return self._shape_yx

    @property
    def pixel(self) -> tuple[int, int] | None:
        """The pixel under the mouse."""
        return self._pixel

    def set_shape(self, shape_yx: tuple[int, int] | None) -> None:
        """Say how large the frame is; a frame of another size is fitted once."""
        if shape_yx is None or shape_yx == self._shape_yx:
            return
        self._shape_yx = shape_yx
        before = self.shapes.all
        self.shapes.keep_within(shape_yx)
        self.look(fit(shape_yx, self.panes[0].size_yx))
        self._drag = None
        self._point(self._mouse)
        if self.shapes.all != before:
            self.shapes_changed.emit()

    def arrange(self, panes: int, *, splits: bool) -> None:
        """Show one pane or two; one may be split."""
        changed = self.panes[1].visible != (panes > 1) or splits != self._splits
        if changed:
            self.panes[1].set_visible(panes > 1)
            self._splits, self._drag = splits, None
            self._lay_out()

    def set_split(self, split: float) -> None:
        """Put the split there, of the frame's width: 0 to 1."""
        self._split = min(max(split, 0.0), 1.0)
        self.look(self._viewport)

    def look(self, viewport: Viewport) -> None:
        """Show this part of the frame in every pane."""
        self._viewport = viewport
        column = None
        if self._splits and self._shape_yx is not None:
            column = self._split * self._shape_yx[1]
        for pane in self.panes:
            if pane.visible:
                pane.look(viewport, column, self.devicePixelRatioF())
                pane.tools.show_shapes(self.shapes.all)

    def fit(self) -> None:
        """Show the whole frame."""
        if self._shape_yx is not None:
            self.look(fit(self._shape_yx, self.panes[0].size_yx))

    def zoom_to(self, zoom: float) -> None:
        """Show the middle of what is seen at so many pixels per camera pixel."""
        self.zoom_by(zoom / self._viewport.zoom)

    def zoom_by(self, factor: float, at_yx: PlaceYX | None = None) -> None:
        """Come closer by a factor, at a place of the pane (pixels) or at its middle."""
        if self._shape_yx is None:
            return
        size_yx = self.panes[0].size_yx
        middle = (size_yx[0] / 2, size_yx[1] / 2)
        self.look(self._viewport.zoomed(factor, at_yx or middle, size_yx, self._shape_yx))
        self._point(self._mouse)

    def seen(self) -> ViewYX | None:
        """Give what is seen of the frame, camera pixels; None before the first frame."""
        if self._shape_yx is None:
            return None
        rows, columns = self._shape_yx
        top, left, bottom, right = self._viewport.seen(self.panes[0].size_yx)
        return (max(top, 0.0), max(left, 0.0), min(bottom, rows), min(right, columns))

    def show_shapes(self) -> None:
        """Paint the shapes as they are now, and say so."""
        self.look(self._viewport)
        self.shapes_changed.emit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Give the size that suits it: two panes of a usual camera."""
        return QSize(scaled(960), scaled(540))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Give the least size at which tags can be read."""
        return QSize(scaled(320), scaled(200))

    def resizeEvent(self, ev: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Lay the panes out anew; Qt calls this, and pyqtgraph without an event before any is."""
        super().resizeEvent(ev)
        if ev is not None:
            self._lay_out()

    def mousePressEvent(self, ev: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of what is under the mouse; Qt calls this."""
        place = _place(ev.position())
        pane = self._pane_at(place)
        if pane is None or self._shape_yx is None:
            return
        self._pane, self._pressed = pane, (place, self._viewport)
        if ev.button() == Qt.MouseButton.LeftButton:
            self._drag = self._held(place) or "pan"
        elif ev.button() == Qt.MouseButton.MiddleButton:
            self._drag = "pan"
        elif ev.button() == Qt.MouseButton.RightButton:
            self._drag = "zoom"
        self._show_cursor(place)

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move what is held, and the crosshair; Qt calls this."""
        place = _place(ev.position())
        if self._drag is not None:
            self._move(place)
        self._point(place)
        self._show_cursor(place)

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go; Qt calls this."""
        self._drag = None
        self._show_cursor(_place(ev.position()))

    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show the whole frame; Qt calls this."""
        if ev.button() == Qt.MouseButton.LeftButton and self._held(_place(ev.position())) is None:
            self.fit()

    def wheelEvent(self, ev: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Come closer or go away at the mouse; Qt calls this."""
        place = _place(ev.position())
        pane = self._pane_at(place)
        if pane is not None:
            notches = ev.angleDelta().y() / WHEEL_STEP
            self.zoom_by(NOTCH_ZOOM**notches, pane.within(place))
        ev.accept()

    def leaveEvent(self, ev: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take the crosshair away; Qt calls this."""
        super().leaveEvent(ev)
        self._point(None)

    def _lay_out(self) -> None:
        width, height = float(self.width()), float(self.height())
        if self.panes[1].visible:
            half = max((self.width() - scaled(GAP_PX)) // 2, 1)
            self.panes[0].place(QRectF(0, 0, half, height))
            self.panes[1].place(QRectF(width - half, 0, half, height))
        else:
            self.panes[0].place(QRectF(0, 0, width, height))
        if self._viewport.fitted:
            self.fit()
        self.look(self._viewport)
        self._point(self._mouse)

    def _move(self, place: PlaceYX) -> None:
        if self._shape_yx is None:
            return
        start, viewport = self._pressed
        dy, dx = place[0] - start[0], place[1] - start[1]
        if isinstance(self._drag, Hold):
            by_yx = (dy / self._viewport.zoom, dx / self._viewport.zoom)
            self.shapes.drag(self._drag, by_yx, self._shape_yx)
            self.show_shapes()
        elif self._drag == "split":
            self.set_split(self._pane.to_frame(place)[1] / self._shape_yx[1])
        elif self._drag == "pan":
            self.look(viewport.moved((-dy, -dx), self._shape_yx))
        elif self._drag == "zoom":
            at, size_yx = self._pane.within(start), self._pane.size_yx
            self.look(viewport.zoomed(DRAG_ZOOM ** (dx - dy), at, size_yx, self._shape_yx))

    def _held(self, place: PlaceYX) -> _Drag | None:
        """Say what is held at a place: handles of shapes, then the split, then shapes."""
        pane = self._pane_at(place)
        if pane is None:
            return None
        reach = scaled(REACH_PX) / self._viewport.zoom
        hold = self.shapes.hold(pane.to_frame(place), reach)
        if hold is not None and hold.grip != "body":
            return hold
        return "split" if pane.wipe.held_at(pane.within(place)) else hold

    def _pane_at(self, place: PlaceYX) -> Pane | None:
        point = QPointF(place[1], place[0])
        return next(
            (pane for pane in self.panes if pane.visible and pane.rect.contains(point)), None
        )

    def _point(self, place: PlaceYX | None) -> None:
        """Mark the pixel at a place in every pane, and tell."""
        self._mouse = place
        pixel = self._pixel_at(place)
        for pane in self.panes:
            pane.crosshair.mark(pixel)
        if pixel != self._pixel:
            self._pixel = pixel
            self.pointed.emit(pixel)

    def _pixel_at(self, place: PlaceYX | None) -> tuple[int, int] | None:
        pane = None if place is None else self._pane_at(place)
        if place is None or pane is None or self._shape_yx is None:
            return None
        y, x = (int(side // 1) for side in pane.to_frame(place))
        rows, columns = self._shape_yx
        return (y, x) if 0 <= y < rows and 0 <= x < columns else None

    def _show_cursor(self, place: PlaceYX) -> None:
        held = self._drag or self._held(place)
        if held == "split":
            shape = Qt.CursorShape.SplitHCursor
        elif isinstance(held, Hold):
            shape = Qt.CursorShape.SizeAllCursor
        elif held == "pan":
            shape = Qt.CursorShape.ClosedHandCursor
        else:
            shape = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(shape)


def _place(point: QPointF) -> PlaceYX:
    return (point.y(), point.x())
