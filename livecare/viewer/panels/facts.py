"""Knows how named values stand below each other: name, symbol, value."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.display.numbers import UNKNOWN
from livecare.viewer.panels.symbols import SymbolMark
from livecare.viewer.panels.words import SYMBOLS, Tone, Words, plain_tip


class Facts(QWidget):
    """Named values, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, tuple[Words, SymbolMark, Words]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.scaled(6))
        self._grid.setVerticalSpacing(theme.scaled(3))
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(2, 3)

    def add(self, name: str, tip: str = "") -> None:
        """Add a value that is not known yet; `tip` explains the name to who asks."""
        row = len(self._rows)
        label, mark, value = Words(name, "muted"), SymbolMark(), Words(UNKNOWN)
        label.setToolTip(plain_tip(tip))
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(label, row, 0, top)
        self._grid.addWidget(mark, row, 1, top)
        self._grid.addWidget(value, row, 2, top)
        self._rows[name] = (label, mark, value)

    def say(self, name: str, text: str, tone: Tone = "plain", tip: str | None = None) -> None:
        """Show a value; `tip` explains it to who asks."""
        _, mark, value = self._rows[name]
        value.say(text, tone)
        mark.show_symbol(SYMBOLS[tone])
        if tip is not None:
            value.setToolTip(plain_tip(tip))

    def said(self, name: str) -> str:
        """Return the words that stand beside a name."""
        return self._rows[name][2].said

    def tone(self, name: str) -> str:
        """Return the tone that a value is said in."""
        return str(self._rows[name][2].property("tone"))

    def tip(self, name: str) -> str:
        """Return what explains a value."""
        return self._rows[name][2].toolTip()

    def symbol(self, name: str) -> str:
        """Return the symbol that stands before a value."""
        return self._rows[name][1].symbol
