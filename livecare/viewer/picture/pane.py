"""Knows what one pane of the picture is made of: its frames, and what lies over them."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsScene

from livecare.viewer.picture.crosshair_item import CrosshairItem
from livecare.viewer.picture.frame_item import FrameItem
from livecare.viewer.picture.labels_item import LabelsItem
from livecare.viewer.picture.sides import Side
from livecare.viewer.picture.tool_item import ToolItem
from livecare.viewer.picture.viewport import PlaceYX, Viewport
from livecare.viewer.picture.wipe_item import INSET_PX, WipeItem
from livecare.viewer.theme import scaled


class Pane:
    """One pane: a side, or two of which the left part of one and the right part of other is seen.

    Attributes
    ----------
    frames : tuple of FrameItem
        What draws the first side and the second.
    labels, crosshair, tools, wipe : Overlay
        What lies over them.
    """

    def __init__(self, scene: QGraphicsScene) -> None:
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, invertY=True, defaultPadding=0)
        scene.addItem(self._box)
        self.frames = (FrameItem(), FrameItem())
        for frame in self.frames:
            self._box.addItem(frame, ignoreBounds=True)
        self.tools = ToolItem(self._box)
        self.wipe = WipeItem(self._box)
        self.crosshair = CrosshairItem(self._box)
        self.labels = LabelsItem(self._box)
        self.wipe.setVisible(False)
        self._rect = QRectF()
        self._viewport = Viewport()
        self._split: float | None = None

    @property
    def rect(self) -> QRectF:
        """Where it is in the picture, pixels."""
        return QRectF(self._rect)

    @property
    def size_yx(self) -> PlaceYX:
        """Height and width, pixels."""
        return (self._rect.height(), self._rect.width())

    @property
    def visible(self) -> bool:
        """Whether it is part of the picture."""
        return bool(self._box.isVisible())

    def set_visible(self, visible: bool) -> None:  # noqa: FBT001 - as Qt's own
        """Make it part of the picture, or take it out."""
        self._box.setVisible(visible)

    def place(self, rect: QRectF) -> None:
        """Put it there in the picture, pixels."""
        self._rect = QRectF(rect)
        self._box.setGeometry(rect)

    def show_sides(
        self,
        sides: tuple[Side, ...],
        seen: tuple[int, ...],
        pixel_size_um: float | None,
    ) -> None:
        """Hold one or two sides, and draw those that are `seen`; two are split by the handle."""
        for at, frame in enumerate(self.frames):
            frame.show_content(sides[at].content if at < len(sides) else None)
            frame.setVisible(at in seen)
        shown = tuple(sides[at] for at in seen)
        has_bar = any(side.content is not None for side in shown)
        self.labels.show_sides(shown, pixel_size_um, has_bar=has_bar)
        self.wipe.setVisible(len(seen) > 1)

    def look(self, viewport: Viewport, split_column: float | None, device_ratio: float) -> None:
        """Show this part of the frame.

        Parameters
        ----------
        viewport : Viewport
            What to show.
        split_column : float or None
            Camera column at which the second side begins; None where they are not split. It stays
            within reach: where it would be off the pane, the handle waits at the edge.
        device_ratio : float
            Device pixels per pixel.
        """
        if self._rect.isEmpty():
            return
        self._viewport = viewport
        top, left, bottom, right = viewport.seen(self.size_yx)
        self._box.setRange(QRectF(left, top, right - left, bottom - top), padding=0)
        parts: list[tuple[float, float] | None] = [None, None]
        if split_column is not None:
            column = self._place_split(split_column, device_ratio)
            parts = [(min(left, column), column), (column, max(right, column))]
        for frame, part in zip(self.frames, parts, strict=True):
            frame.look((top, left, bottom, right), self.size_yx, part)
        for overlay in (self.tools, self.wipe, self.crosshair, self.labels):
            overlay.look(viewport, self.size_yx)

    def to_frame(self, place_yx: PlaceYX) -> PlaceYX:
        """Give the place of the frame that is drawn at one of the picture (pixels)."""
        return self._viewport.to_frame(self.within(place_yx), self.size_yx)

    def within(self, place_yx: PlaceYX) -> PlaceYX:
        """Give a place of the picture in this pane's own pixels."""
        return (place_yx[0] - self._rect.top(), place_yx[1] - self._rect.left())

    def _place_split(self, column: float, device_ratio: float) -> float:
        """Put the handle on a device pixel within the pane, and give the column that is there."""
        inset, width = min(scaled(INSET_PX), self.size_yx[1] / 2), self.size_yx[1]
        x = self._viewport.to_pane((0.0, column), self.size_yx)[1]
        x = round(min(max(x, inset), width - inset) * device_ratio) / device_ratio
        self.wipe.place(x)
        self.labels.split_at(x)
        return self._viewport.to_frame((0.0, x), self.size_yx)[1]
