"""Knows the viewer's colours, fonts and sizes: dark, quiet, and safe for colour-blind eyes."""

from typing import Any, Final

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from livecare.viewer.style_sheet import style_sheet

WINDOW: Final = "#121416"
"""Behind everything: dark enough for a dark room, and not black, so that edges show."""
SURFACE: Final = "#1b1f23"
"""Panels and fields."""
RAISED: Final = "#2a2f35"
"""Buttons."""
BORDER: Final = "#4c555e"
"""Lines around buttons and fields."""
TEXT: Final = "#d4d8dc"
"""Words; not white, which dazzles in a dark room."""
MUTED: Final = "#a4acb4"
"""Names, units, and what is not available."""
ORANGE: Final = "#e69f00"
"""Warnings (Okabe-Ito)."""
SKY: Final = "#56b4e9"
"""What is selected, restored, or has the keyboard (Okabe-Ito)."""
GREEN: Final = "#2cb98d"
"""Fine: Okabe-Ito's bluish green, lighter, so that words in it can be read."""
VERMILLION: Final = "#d55e00"
"""A loss, as an area (Okabe-Ito)."""
VERMILLION_WORDS: Final = "#ff8a4c"
"""A loss, as words: the same hue, lighter."""
INK: Final = "#0b0d0f"
"""Words on an orange, green or vermillion area."""
RECORD: Final = "#e5484d"
"""The dot of the record button; its words and its shape say the same."""
RECORD_AREA: Final = "#5c1a1c"
"""The record button while it records."""
RAW: Final = "#a4acb4"
"""Curves of raw values; thin."""
RESTORED: Final = "#56b4e9"
"""Curves of restored values; thick."""

LEAST_PT: Final = 9.5
"""Smallest font, points; a larger one that the system is set to is kept."""
MOST_PT: Final = 16.0
"""Largest font that is taken from the system, points: beyond it the panels leave no picture."""
REFERENCE_DPI: Final = 96.0
"""Logical dots per inch of a screen that is not scaled."""
COLUMN_PX: Final = 300
"""Width of the column of panels on a screen that is not scaled, pixels."""
LOW_LUMINANCE: Final = 0.04045
"""Below it sRGB is linear (IEC 61966-2-1)."""

_SCALE: Final = "livecare_scale"
"""Name of the application's property that holds how much larger than 96 dpi all is drawn."""
_SYSTEM_PT: Final = "livecare_system_pt"
"""Name of the application's property that holds the font size that it began with, points."""


def apply_theme(app: QApplication, zoom: float = 1.0) -> None:
    """Draw an application dark, in sizes that suit its screen; may be called again.

    Parameters
    ----------
    app : QApplication
        What is drawn.
    zoom : float
        How much larger than usual all is.
    """
    if app.property(_SYSTEM_PT) is None:
        app.setProperty(_SYSTEM_PT, app.font().pointSizeF())
    font = app.font()
    points = min(max(float(app.property(_SYSTEM_PT)), LEAST_PT), MOST_PT) * zoom
    font.setPointSizeF(points)
    dpi = app.primaryScreen().logicalDotsPerInch()
    app.setProperty(_SCALE, points / LEAST_PT * dpi / REFERENCE_DPI)
    sheet = style_sheet(COLOURS, points, scaled)
    if app.styleSheet() != sheet:  # all widgets are dressed anew, which takes its time
        app.setStyle("Fusion")
        app.setPalette(_palette())
        app.setFont(font)
        app.setStyleSheet(sheet)


def scaled(pixels: float) -> int:
    """Return how many pixels of this screen stand for so many at 96 dpi; 1 at least, for any."""
    app = QApplication.instance()
    scale = None if app is None else app.property(_SCALE)
    length = pixels * (1.0 if scale is None else float(scale))
    return 0 if pixels == 0 else max(1, round(length))


def style_plot(plot: Any) -> None:  # noqa: ANN401 - pyqtgraph has no types
    """Give a pyqtgraph PlotWidget the colours of the theme, and take its menus and wheel away."""
    plot.setBackground(SURFACE)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(BORDER)
        axis.setTextPen(MUTED)
        axis.enableAutoSIPrefix(False)


def luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb", 0 to 1 (WCAG 2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [
        part / 12.92 if part <= LOW_LUMINANCE else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours "#rrggbb", 1 to 21 (WCAG 2)."""
    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


COLOURS: Final = {
    "window": WINDOW,
    "surface": SURFACE,
    "raised": RAISED,
    "border": BORDER,
    "text": TEXT,
    "muted": MUTED,
    "orange": ORANGE,
    "sky": SKY,
    "green": GREEN,
    "vermillion": VERMILLION,
    "vermillion_words": VERMILLION_WORDS,
    "ink": INK,
    "record": RECORD,
    "record_area": RECORD_AREA,
}
"""Colours by the names that the style sheet knows them by."""


def _palette() -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for part, colour in (
        (role.Window, WINDOW),
        (role.Base, SURFACE),
        (role.AlternateBase, RAISED),
        (role.Button, RAISED),
        (role.ToolTipBase, RAISED),
        (role.WindowText, TEXT),
        (role.Text, TEXT),
        (role.ButtonText, TEXT),
        (role.ToolTipText, TEXT),
        (role.BrightText, TEXT),
        (role.PlaceholderText, MUTED),
        (role.Highlight, SKY),
        (role.HighlightedText, INK),
        (role.Link, SKY),
    ):
        palette.setColor(part, QColor(colour))
    for part in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, part, QColor(MUTED))
    return palette
