"""Knows how Qt's widgets are drawn in the theme's colours, as one style sheet."""

from collections.abc import Callable, Mapping
from string import Template
from typing import Final

LARGER: Final = 1.15
"""Size of headings and of the record button, of the font's."""

_SHEET: Final = Template("""
QToolTip { color: $text; background: $raised; border: ${px1}px solid $border; padding: ${px4}px; }

QLabel[tone="muted"] { color: $muted; }
QLabel[tone="fine"] { color: $green; }
QLabel[tone="warning"] { color: $orange; }
QLabel[tone="loss"] { color: $vermillion_words; font-weight: bold; }
QLabel[tone="strong"] { font-weight: bold; }
QLabel[tone="notice"] {
    font-weight: bold; border: ${px1}px solid $orange; border-radius: ${px4}px;
    padding: ${px4}px ${px6}px;
}

QPushButton, QToolButton {
    background: $raised; border: ${px1}px solid $border; border-radius: ${px4}px;
    padding: ${px4}px ${px8}px; margin: ${px1}px;
}
QPushButton:hover, QToolButton:hover { border-color: $muted; }
QPushButton:pressed, QToolButton:pressed { background: $surface; }
QPushButton:checked, QToolButton:checked { border-color: $sky; color: $sky; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: $surface; }
QPushButton[refused="true"] {
    color: $muted; background: $surface; border-style: dashed;
}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QAbstractSpinBox:focus {
    border: ${px2}px solid $sky; margin: 0px;
}

QPushButton[role="record"] { font-weight: bold; font-size: ${large}pt; }
QPushButton[role="record"][refused="false"] { border: ${px2}px solid $record; margin: 0px; }
QPushButton[role="record"][recording="true"] { background: $record_area; }
QPushButton[role="record"]:focus { border: ${px2}px solid $sky; margin: 0px; }

QPushButton[role="live"] {
    font-weight: bold; border-radius: ${px4}px; padding: ${px4}px ${px8}px;
    background: $surface;
}
QPushButton[role="live"][state="live"] { color: $green; border-color: $green; }
QPushButton[role="live"][state="paused"] {
    color: $ink; background: $orange; border-color: $orange;
}
QPushButton[role="live"][state="waiting"], QPushButton[role="live"][state="ended"] {
    color: $muted;
}
QPushButton[role="live"]:focus { border: ${px2}px solid $sky; margin: 0px; }

QToolButton[role="heading"] {
    background: $surface; border: ${px1}px solid transparent; border-radius: 0px;
    font-weight: bold; text-align: left; padding: ${px4}px; margin: ${px1}px;
}
QToolButton[role="heading"]:checked { color: $text; border-color: transparent; }
QToolButton[role="heading"]:hover { border-color: $border; }
QToolButton[role="heading"]:focus { border: ${px2}px solid $sky; margin: 0px; }

QComboBox, QLineEdit, QAbstractSpinBox {
    background: $surface; border: ${px1}px solid $border; border-radius: ${px4}px;
    padding: ${px3}px ${px6}px; margin: ${px1}px;
    selection-background-color: $sky; selection-color: $ink;
}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {
    border: none; padding: 0px; margin: 0px; background: transparent;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0px; border: none; }
QComboBox::drop-down { border: none; background: transparent; width: ${px22}px; }
QComboBox::down-arrow { image: none; }
QComboBox[refused="true"] { color: $muted; border-style: dashed; }
QComboBox QAbstractItemView {
    background: $raised; border: ${px1}px solid $border; outline: none;
    selection-background-color: $sky; selection-color: $ink;
}

QCheckBox { padding: ${px2}px; border: ${px1}px solid transparent; }
QCheckBox:focus { border: ${px1}px solid $sky; border-radius: ${px3}px; }
QCheckBox::indicator {
    width: ${px14}px; height: ${px14}px; background: $surface;
    border: ${px1}px solid $muted; border-radius: ${px3}px;
}
QCheckBox::indicator:checked { background: $sky; border-color: $sky; }
QCheckBox::indicator:disabled { border-color: $border; }

QSlider { background: transparent; min-height: ${px22}px; }
QSlider::groove:horizontal { height: ${px6}px; background: $raised; border-radius: ${px3}px; }
QSlider::sub-page:horizontal { background: $border; border-radius: ${px3}px; }
QSlider::handle:horizontal {
    width: ${px12}px; margin: -${px6}px 0px; background: $muted; border-radius: ${px4}px;
    border: ${px2}px solid $muted;
}
QSlider::handle:horizontal:focus { border-color: $sky; background: $sky; }
QSlider::handle:horizontal:disabled { background: $border; border-color: $border; }

QScrollArea { border: none; }
QScrollBar:vertical { background: $window; width: ${px12}px; margin: 0px; }
QScrollBar::handle:vertical {
    background: $border; border-radius: ${px4}px; min-height: ${px22}px; margin: ${px2}px;
}
QScrollBar::add-line, QScrollBar::sub-line { height: 0px; width: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }

QFrame[strip="loss"] { background: $vermillion; }
QFrame[strip="loss"] QLabel { color: $ink; font-weight: bold; font-size: ${larger}pt; }
QFrame[strip="loss"] QPushButton {
    color: $text; background: $ink; border-color: $ink; font-weight: bold;
}
QFrame[strip="noted"] { background: $window; }
QFrame[strip="noted"] QLabel {
    color: $ink; background: $vermillion; font-weight: bold; border-radius: ${px4}px;
    padding: ${px2}px ${px8}px;
}
QFrame[strip="warning"] { background: $surface; border-left: ${px6}px solid $orange; }
QFrame[strip="warning"] QLabel { color: $orange; border: none; }
QFrame[strip="note"] { background: $surface; border-left: ${px6}px solid $muted; }
QFrame[strip="note"] QLabel { color: $text; border: none; }

QFrame[role="card"] {
    background: $surface; border: ${px1}px solid $border; border-radius: ${px8}px;
}
QLabel[role="key"] {
    background: $raised; border: ${px1}px solid $border; border-radius: ${px4}px;
    padding: ${px2}px ${px8}px; font-weight: bold;
}
QLabel[role="title"] { font-weight: bold; font-size: ${larger}pt; }
QWidget[role="panel"] { background: $surface; }
""")

_LENGTHS: Final = (1, 2, 3, 4, 6, 8, 12, 14, 22)
"""Lengths in the sheet, pixels at 96 dpi."""


def style_sheet(colours: Mapping[str, str], points: float, scaled: Callable[[float], int]) -> str:
    """Return the style sheet.

    Parameters
    ----------
    colours : mapping
        "#rrggbb" by the names that the sheet uses.
    points : float
        Size of the font, points.
    scaled : callable
        Turns pixels at 96 dpi into those of the screen.
    """
    lengths = {f"px{length}": scaled(length) for length in _LENGTHS}
    large = f"{points * LARGER:.1f}"
    larger = f"{points * LARGER * LARGER:.1f}"
    return _SHEET.substitute(colours, **lengths, large=large, larger=larger)
