"""Knows how a pane says what it shows: its tag, its warning, which frame it is, and its scale."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from livecare.viewer.display.scale_bar import choose_bar
from livecare.viewer.picture.overlay import Overlay
from livecare.viewer.picture.plates import (
    MARGIN_PX,
    NARROW_SIZE,
    PADDING_PX,
    PLATE,
    ROUNDING_PX,
    TAG_SIZE,
    Words,
    paint_plate,
)
from livecare.viewer.picture.sides import Kind, Side
from livecare.viewer.theme import ORANGE, SKY, TEXT, scaled

KIND_COLOURS: Final[dict[Kind, str]] = {"raw": TEXT, "restored": SKY, "difference": ORANGE}
"""Colours of the tags; the words and the corner say the same."""
BAR_PART: Final = 0.25
"""Greatest length of the scale bar, of the pane's width."""
BAR_MOST_PX: Final = 160
"""Greatest length of the scale bar, pixels at 96 dpi: longer, it draws the eye from the picture."""
BAR_PX: Final = 4
"""Thickness of the scale bar, pixels at 96 dpi."""
STRIP_PX: Final = 3
"""Thickness of the strip of the side's colour along the top, pixels at 96 dpi."""
NARROW_PX: Final = 330
"""Width of a pane below which its tag is set smaller, pixels at 96 dpi."""


class LabelsItem(Overlay):
    """The words over a pane: one side, or two of which each stands at its own edge."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent, layer=30)
        self._sides: tuple[Side, ...] = ()
        self._pixel_size_um: float | None = None
        self._has_bar = False
        self._split_x: float | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that it speaks of, from the left."""
        return self._sides

    def show_sides(
        self, sides: tuple[Side, ...], pixel_size_um: float | None, *, has_bar: bool
    ) -> None:
        """Say what these sides are; `has_bar` with a scale bar, of pixels of this size (µm)."""
        said = [(side.kind, side.tag, side.warning, side.lines, side.note) for side in sides]
        before = [
            (side.kind, side.tag, side.warning, side.lines, side.note) for side in self._sides
        ]
        if (said, pixel_size_um, has_bar) != (before, self._pixel_size_um, self._has_bar):
            self.update()
        self._sides, self._pixel_size_um, self._has_bar = sides, pixel_size_um, has_bar

    def split_at(self, x: float | None) -> None:
        """Keep each of two sides on its own part of the pane: left and right of here, pixels."""
        if x != self._split_x:
            self._split_x = x
            self.update()

    def paint_over(self, painter: QPainter) -> None:
        """Paint the words and the bar."""
        margin = scaled(MARGIN_PX)
        for side, part in zip(self._sides, self._parts(), strict=True):
            strip = QRectF(part.left(), 0, part.width(), scaled(STRIP_PX))
            painter.fillRect(strip, QColor(KIND_COLOURS[side.kind]))
            at_right = side.kind == "restored" or part.left() > 0
            room = part.adjusted(margin, margin, -margin, -margin)
            self._paint_side(painter, side, room, at_right=at_right)
        room = self.boundingRect().adjusted(margin, margin, -margin, -margin)
        bar = self._paint_bar(painter, room)
        room.setRight(bar.left() - margin if bar.width() else room.right())
        paint_plate(painter, self._lines(), "bottom left", room)

    def _parts(self) -> tuple[QRectF, ...]:
        """Give which part of the pane each side has."""
        whole = self.boundingRect()
        if len(self._sides) < 2:  # noqa: PLR2004 - one side has it all
            return (whole,) * len(self._sides)
        x = whole.center().x() if self._split_x is None else self._split_x
        return (whole.adjusted(0, 0, x - whole.right(), 0), whole.adjusted(x, 0, 0, 0))

    def _lines(self) -> list[Words]:
        """Say which frames they are, and of two sides which is which."""
        several = len(self._sides) > 1
        lines = [(side.tag.lower(), line) for side in self._sides for line in side.lines]
        return [
            Words(f"{name}: {line}" if several and not line.startswith(name) else line, TEXT)
            for name, line in lines
        ]

    def _paint_side(self, painter: QPainter, side: Side, room: QRectF, *, at_right: bool) -> None:
        colour = KIND_COLOURS[side.kind]
        size = NARROW_SIZE if room.width() < scaled(NARROW_PX) else TAG_SIZE
        words = [Words(side.tag, colour, size, bold=True)]
        if side.warning:
            words.append(Words(side.warning, ORANGE))
        paint_plate(painter, words, "top right" if at_right else "top left", room, edge=colour)
        if side.note and side.content is None:
            paint_plate(painter, [Words(side.note, TEXT)], "middle", room)

    def _paint_bar(self, painter: QPainter, room: QRectF) -> QRectF:
        """Paint the scale bar at the lower right, and give what it covers."""
        padding, thick = scaled(PADDING_PX), scaled(BAR_PX)
        longest = min(room.width() * BAR_PART, scaled(BAR_MOST_PX))
        if not self._has_bar or longest < 4 * padding:
            return QRectF()
        bar = choose_bar(self._pixel_size_um, self.viewport.zoom, longest)
        metrics = QFontMetricsF(painter.font())
        width = max(bar.length_px, metrics.horizontalAdvance(bar.label)) + 2 * padding
        height = metrics.height() + thick + 2 * padding
        plate = QRectF(room.right() - width, room.bottom() - height, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(plate, scaled(ROUNDING_PX), scaled(ROUNDING_PX))
        painter.setPen(QPen(QColor(TEXT)))
        words = metrics.horizontalAdvance(bar.label)
        left = plate.center().x()
        base = plate.top() + padding / 2 + metrics.ascent()
        painter.drawText(QPointF(left - words / 2, base), bar.label)
        line = QRectF(left - bar.length_px / 2, plate.bottom() - padding - thick, 0, thick)
        line.setWidth(bar.length_px)
        painter.fillRect(line, QColor("#ffffff"))
        return plate
