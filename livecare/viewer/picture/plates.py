"""Knows how words are set on a dark plate, so that they can be read over any picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from livecare.viewer.theme import scaled

Corner = Literal["top left", "top right", "bottom left", "middle"]

PLATE: Final = QColor(8, 10, 12, 205)
"""Behind words: dark enough for the words over white, and the picture still shines through."""
TAG_SIZE: Final = 1.9
"""Letters of a tag, of the font's size: read from two steps away."""
NARROW_SIZE: Final = 1.3
"""Letters of a tag in a pane that is too narrow for the large ones."""
MARGIN_PX: Final = 8
"""Between a plate and the edge of the pane, pixels at 96 dpi."""
PADDING_PX: Final = 7
"""Between a plate's edge and its words, pixels at 96 dpi."""
ROUNDING_PX: Final = 4
"""Radius of a plate's corners, pixels at 96 dpi."""


@dataclass(frozen=True, slots=True)
class Words:
    """A line on a plate.

    Attributes
    ----------
    text : str
        What it says.
    colour : str
        Colour of the letters, "#rrggbb".
    size : float
        Size of the letters, of the font's.
    bold : bool
        Whether they are bold.
    """

    text: str
    colour: str
    size: float = 1.0
    bold: bool = False


def paint_plate(
    painter: QPainter, lines: Sequence[Words], corner: Corner, within: QRectF, edge: str = ""
) -> QRectF:
    """Paint lines on a plate in a corner; what is too long for one goes on in the next.

    Parameters
    ----------
    painter : QPainter
        Paints in pixels of the pane, in the widget's font.
    lines : sequence of Words
        What to say, from above.
    corner : Corner
        Where the plate stands.
    within : QRectF
        What it may take up.
    edge : str
        Colour of a bar at the side of the plate, "#rrggbb"; empty for none.

    Returns
    -------
    QRectF
        What the plate covers; empty if there was nothing to say or no room.
    """
    padding = scaled(PADDING_PX)
    room = within.width() - 2 * padding
    if not lines or room <= 2 * padding:
        return QRectF()
    lines = [part for line in lines for part in _wrapped(line, painter.font(), room)]
    fonts = [words_font(painter.font(), line) for line in lines]
    metrics = [QFontMetricsF(font) for font in fonts]
    texts = [line.text for line in lines]
    widths = [each.horizontalAdvance(text) for each, text in zip(metrics, texts, strict=True)]
    height = sum(each.height() for each in metrics) + padding
    plate = _placed(max(widths) + 2 * padding, height, corner, within)
    _paint_back(painter, plate, edge, at_right="right" in corner)
    painter.save()
    top = plate.top() + padding / 2
    for line, font, each, text, width in zip(lines, fonts, metrics, texts, widths, strict=True):
        painter.setFont(font)
        painter.setPen(QColor(line.colour))
        left = _left_of(width, corner, plate.adjusted(padding, 0, -padding, 0))
        painter.drawText(QPointF(left, top + each.ascent()), text)
        top += each.height()
    painter.restore()
    return plate


def words_font(font: QFont, line: Words) -> QFont:
    """Give the font of a line, from that of the widget."""
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * line.size)
    made.setBold(line.bold)
    return made


def _left_of(width: float, corner: Corner, within: QRectF) -> float:
    """Give where words of this width begin."""
    if corner == "middle":
        return within.center().x() - width / 2
    return within.right() - width if "right" in corner else within.left()


def _wrapped(line: Words, font: QFont, room: float) -> list[Words]:
    """Break a line between words where it is too long; a word that is too long ends in "…"."""
    metrics = QFontMetricsF(words_font(font, line))
    texts = [""]
    for word in line.text.split():
        longer = f"{texts[-1]} {word}".strip()
        if not texts[-1] or metrics.horizontalAdvance(longer) <= room:
            texts[-1] = longer
        else:
            texts.append(word)
    elide = Qt.TextElideMode.ElideRight
    return [replace(line, text=metrics.elidedText(text, elide, room)) for text in texts]


def _placed(width: float, height: float, corner: Corner, within: QRectF) -> QRectF:
    plate = QRectF(0, 0, width, height)
    if corner == "middle":
        plate.moveCenter(within.center())
    elif corner == "top left":
        plate.moveTopLeft(within.topLeft())
    elif corner == "top right":
        plate.moveTopRight(within.topRight())
    else:
        plate.moveBottomLeft(within.bottomLeft())
    return plate


def _paint_back(painter: QPainter, plate: QRectF, edge: str, *, at_right: bool) -> None:
    radius = scaled(ROUNDING_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(plate, radius, radius)
    if edge:
        bar = QRectF(plate.left(), plate.top(), radius, plate.height())
        if at_right:
            bar.moveRight(plate.right())
        painter.fillRect(bar, QColor(edge))
