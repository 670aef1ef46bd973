"""Knows how the small symbols beside words are drawn; no font is needed for them."""

from collections.abc import Callable
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from livecare.viewer import theme

Symbol = Literal[
    "none",
    "fine",
    "warning",
    "loss",
    "unknown",
    "record",
    "stop",
    "play",
    "pause",
    "live",
    "folded",
    "unfolded",
]

COLOURS: Final[dict[Symbol, str]] = {
    "none": theme.MUTED,
    "fine": theme.GREEN,
    "warning": theme.ORANGE,
    "loss": theme.VERMILLION_WORDS,
    "unknown": theme.MUTED,
    "record": theme.RECORD,
    "stop": theme.RECORD,
    "play": theme.TEXT,
    "pause": theme.TEXT,
    "live": theme.GREEN,
    "folded": theme.MUTED,
    "unfolded": theme.MUTED,
}
"""Colour of each symbol; their shapes differ too."""

SIZE_PX: Final = 14
"""Width and height of a symbol at 96 dpi, pixels: about a line of words."""
GAP_PX: Final = 4
"""Between a symbol on a button and the words, at 96 dpi, pixels."""
SHARPNESS: Final = 4
"""Icons are drawn so many times as large: sharp on screens of any pixel ratio."""
GRID: Final = 16.0
"""Symbols are drawn on a grid of so many units."""


class SymbolMark(QWidget):
    """A symbol that stands beside words.

    Parameters
    ----------
    symbol : Symbol
        Which one.

    Attributes
    ----------
    symbol : Symbol
        Which one is drawn.
    """

    def __init__(self, symbol: Symbol = "none") -> None:
        super().__init__()
        self.symbol: Symbol = symbol
        self._colours: tuple[str, str] | None = None
        self.setFixedSize(theme.scaled(SIZE_PX), theme.scaled(SIZE_PX))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_symbol(self, symbol: Symbol, colours: tuple[str, str] | None = None) -> None:
        """Draw another symbol; `colours` are its own and that of the ground that it stands on."""
        if (symbol, colours) != (self.symbol, self._colours):
            self.symbol, self._colours = symbol, colours
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's names
        """Draw it; called by Qt."""
        painter = QPainter(self)
        colour, ground = self._colours or (COLOURS[self.symbol], theme.INK)
        draw_symbol(painter, QRectF(self.rect()), self.symbol, colour, ground)
        painter.end()


def icon_size() -> QSize:
    """Return the size of a symbol on a button and of the gap beside it, pixels."""
    return QSize(theme.scaled(SIZE_PX + GAP_PX), theme.scaled(SIZE_PX))


def symbol_icon(symbol: Symbol, colour: str | None = None) -> QIcon:
    """Return a symbol as the icon of a button."""
    pixmap = QPixmap(icon_size() * SHARPNESS)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    place = QRectF(0, 0, pixmap.height(), pixmap.height())
    draw_symbol(painter, place, symbol, colour or COLOURS[symbol])
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Disabled)
    return icon


def draw_symbol(
    painter: QPainter, place: QRectF, symbol: Symbol, colour: str, ground: str = theme.INK
) -> None:
    """Draw a symbol into a place; `ground` is the colour of the signs that are cut out of it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(place.topLeft())
    painter.scale(place.width() / GRID, place.height() / GRID)
    painter.setPen(_pen(colour))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _DRAWN[symbol](painter, QColor(colour), QColor(ground))
    painter.restore()


def _pen(colour: str | QColor, width: float = 1.8) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _line(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))


def _area(painter: QPainter, colour: QColor, *points: tuple[float, float]) -> None:
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))


def _none(painter: QPainter, colour: QColor, ground: QColor) -> None:
    """Draw nothing: the words speak alone."""
    del painter, colour, ground


def _fine(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del colour, ground
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    _line(painter, (4.5, 8.5), (7, 11), (11.5, 5.5))


def _warning(painter: QPainter, colour: QColor, ground: QColor) -> None:
    _area(painter, colour, (8, 2), (14.8, 14), (1.2, 14))
    painter.setPen(_pen(ground, 2.0))
    _line(painter, (8, 6.2), (8, 9.6))
    _line(painter, (8, 12.2), (8, 12.3))


def _loss(painter: QPainter, colour: QColor, ground: QColor) -> None:
    painter.setBrush(colour)
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    painter.setPen(_pen(ground, 2.2))
    _line(painter, (5.2, 5.2), (10.8, 10.8))
    _line(painter, (10.8, 5.2), (5.2, 10.8))


def _unknown(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del colour, ground
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))
    _line(painter, (5, 8), (11, 8))


def _folded(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del colour, ground
    _line(painter, (6, 3.5), (10.5, 8), (6, 12.5))


def _unfolded(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del colour, ground
    _line(painter, (3.5, 6), (8, 10.5), (12.5, 6))


def _disc(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del ground
    painter.setBrush(colour)
    painter.drawEllipse(QRectF(2, 2, 12, 12))


def _square(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del ground
    painter.setBrush(colour)
    painter.drawRect(QRectF(3, 3, 10, 10))


def _play(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del ground
    _area(painter, colour, (4, 2.5), (13.5, 8), (4, 13.5))


def _pause(painter: QPainter, colour: QColor, ground: QColor) -> None:
    del ground
    painter.setBrush(colour)
    painter.drawRect(QRectF(3.5, 3, 3, 10))
    painter.drawRect(QRectF(9.5, 3, 3, 10))


_DRAWN: Final[dict[Symbol, Callable[[QPainter, QColor, QColor], None]]] = {
    "none": _none,
    "fine": _fine,
    "warning": _warning,
    "loss": _loss,
    "unknown": _unknown,
    "record": _disc,
    "stop": _square,
    "play": _play,
    "pause": _pause,
    "live": _disc,
    "folded": _folded,
    "unfolded": _unfolded,
}
