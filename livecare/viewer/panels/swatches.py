"""Knows how colour tables and warning colours look as small samples."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage, QPixmap

from livecare.viewer import theme
from livecare.viewer.display.colours import SHADES, colour_table
from livecare.viewer.styles import Colour


def swatch_size() -> QSize:
    """Return the size of a sample of a colour table, pixels."""
    return QSize(theme.scaled(36), theme.scaled(12))


def swatch(colour: Colour) -> QIcon:
    """Return a colour table as an icon: its darkest colour on the left."""
    shades = colour_table(colour)
    picture = QImage(shades.tobytes(), SHADES, 1, 4 * SHADES, QImage.Format.Format_RGB32)
    return QIcon(QPixmap.fromImage(picture.copy().scaled(swatch_size())))


def hex_colour(screen: int) -> str:
    """Return a screen's colour 0xffRRGGBB as "#rrggbb"."""
    return f"#{screen & 0xFFFFFF:06x}"
