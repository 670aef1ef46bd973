"""What eyes and hands do with the picture; needs Qt."""

from typing import Any

import numpy as np
from mouse_wheel import turn_wheel
from numpy.typing import NDArray
from picture_stage import BYTE_STYLE, pair, stream, view_of
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from livecare.viewer.picture.picture import Picture

STYLES = (BYTE_STYLE,)
LEFT, RIGHT = (200, 200), (604, 200)
"""Places (x, y) in the panes of a picture of 803 × 400 pixels: the same of each, (200, 200)."""


def show(picture: Picture, raw: NDArray[Any], restored: NDArray[Any], sequence: int = 0) -> None:
    picture.set_view(view_of(pair(raw, restored, sequence)), stream(raw.shape), STYLES)


def colour(image: QImage, place: tuple[int, int]) -> tuple[int, int, int]:
    found = QColor(image.pixel(*place))
    return found.red(), found.green(), found.blue()


def shades(picture: Picture, y: int) -> NDArray[np.uint8]:
    """Read the red of a row of the picture."""
    image = picture.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8)
    return pixels.reshape(image.height(), image.bytesPerLine())[y, 2 : 4 * image.width() : 4].copy()


def wheel(picture: Picture, place: tuple[int, int], notches: int) -> None:
    turn_wheel(picture.board.viewport(), notches, place)


def drag(picture: Picture, start: tuple[int, int], end: tuple[int, int]) -> None:
    viewport, left = picture.board.viewport(), Qt.MouseButton.LeftButton
    QTest.mouseMove(viewport, QPoint(*start))
    QTest.mousePress(viewport, left, pos=QPoint(*start))
    QTest.mouseMove(viewport, QPoint(*end))
    QTest.mouseRelease(viewport, left, pos=QPoint(*end))


def point(picture: Picture, place: tuple[int, int]) -> None:
    QTest.mouseMove(picture.board.viewport(), QPoint(*place))
