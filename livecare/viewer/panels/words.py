"""Knows how words are shown so that none is ever cut off."""

import html
import re
from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from livecare.viewer.panels.symbols import Symbol

Tone = Literal["plain", "muted", "strong", "notice", "fine", "warning", "loss", "unknown"]

SYMBOLS: Final[dict[Tone, Symbol]] = {
    "plain": "none",
    "muted": "none",
    "strong": "none",
    "notice": "none",
    "fine": "fine",
    "warning": "warning",
    "loss": "loss",
    "unknown": "unknown",
}
"""The symbol that stands beside words of each tone: colour never speaks alone."""

MAY_BREAK: Final = "\u200b"
"""Takes no room; a line may end there."""
LONGEST_RUN: Final = 12
"""Letters in a row after which a line may end: names of models and paths have no spaces."""


class Words(QLabel):
    """Plain words on as many lines as they need.

    Parameters
    ----------
    text : str
        What is said first.
    tone : Tone
        How it is said.

    Attributes
    ----------
    said : str
        What is said, without the places where lines may end.
    """

    def __init__(self, text: str = "", tone: Tone = "plain") -> None:
        super().__init__()
        self.said = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred)
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self.setSizePolicy(policy)
        set_tone(self, tone)
        self.say(text)

    def say(self, text: str, tone: Tone | None = None) -> None:
        """Show other words, and where `tone` is given in another tone."""
        if tone is not None:
            set_tone(self, tone)
        if text != self.said:
            self.said = text
            self.setText(breakable(text))
            self.setAccessibleName(text)


def breakable(text: str) -> str:
    """Return a text whose long names may be broken over lines; it looks the same."""
    text = re.sub(r"([/\\_.:])(?=\w)", rf"\1{MAY_BREAK}", text)
    return re.sub(rf"(\w{{{LONGEST_RUN}}})(?=\w)", rf"\1{MAY_BREAK}", text)


def plain_tip(text: str) -> str:
    """Return a tooltip that shows a text as it is: Qt takes one with `<` for HTML."""
    if "<" not in text:
        return text
    return f'<span style="white-space: pre-wrap">{html.escape(text)}</span>'


def set_tone(widget: QWidget, tone: Tone) -> None:
    """Let the style sheet draw a widget in another tone."""
    set_style_property(widget, "tone", tone)


def set_style_property(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet asks for, and draw the widget anew if it changed."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    for inner in widget.findChildren(QWidget):
        style.unpolish(inner)
        style.polish(inner)
    widget.update()
