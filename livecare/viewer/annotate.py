"""Knows how words are drawn into a picture that is saved."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from livecare.viewer.display.colours import Screen
from livecare.viewer.display.sheet import Words

INK: Final = "#e8eaed"
"""Words on the dark bands of the picture."""
SHARE: Final = 0.62
"""Height of the letters as a part of their box."""


def annotate(picture: Screen, words: Sequence[Words]) -> None:
    """Draw words into a picture in place.

    Parameters
    ----------
    picture : array, shape (y, x), uint32
        Colours 0xffRRGGBB, C-contiguous.
    words : sequence of Words
        What, and where.
    """
    rows, columns = picture.shape
    canvas = QImage(picture.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
    painter = QPainter(canvas)
    painter.setPen(QColor(INK))
    for each in words:
        font = QFont(painter.font())
        font.setPixelSize(max(6, round(SHARE * each.height_px)))
        font.setBold(each.bold)
        painter.setFont(font)
        box = QRect(each.left_px, each.top_px, each.width_px, each.height_px)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, each.text)
    painter.end()
