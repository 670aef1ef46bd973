"""Knows how what went wrong is said so that nobody overlooks it, and nothing is held up by it."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.display.numbers import count_text
from livecare.viewer.panels.button import Button
from livecare.viewer.panels.symbols import Symbol, SymbolMark
from livecare.viewer.panels.words import Words, set_style_property

Severity = Literal["loss", "warning", "note"]

ORDER: Final[tuple[Severity, ...]] = ("loss", "warning", "note")
"""The worst first."""
SYMBOLS: Final[dict[Severity, Symbol]] = {"loss": "loss", "warning": "warning", "note": "none"}
"""What stands before the words of each."""
LOST: Final = "lost frames"
"""Key of the message about lost frames."""
LASTING: Final = ("silent", "trouble")
"""Keys of messages that say how long something has lasted: other numbers make them no other."""


@dataclass(slots=True)
class _Message:
    severity: Severity
    text: str
    strip: "_Strip"


class Banner(QWidget):
    """Messages across the window, the worst on top; takes no room while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._messages: dict[str, _Message] = {}
        self._closed: dict[str, str] = {}
        self._part = ""
        self._lost = self._noted = 0
        self._unread: dict[str, int] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.scaled(2))
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is said, from the top."""
        return [message.text for message in self._sorted()]

    def show_message(self, key: str, severity: Severity, text: str) -> None:
        """Say something until it is cleared, or a person closes it.

        Parameters
        ----------
        key : str
            What it is about; a later message about the same replaces it.
        severity : Severity
            How bad it is: "loss" cannot be closed.
        text : str
            The words. What was closed comes back with other words only; with other numbers, too,
            unless its key is one of `LASTING`.
        """
        if self._closed.get(key) == _gist(key, text):
            return
        self._closed.pop(key, None)
        self._say(key, severity, text, "" if severity == "loss" else "Close")

    def clear_message(self, key: str) -> None:
        """Say no more about something; nothing happens where nothing was said."""
        self._closed.pop(key, None)
        self._drop(key)

    def show_loss(self, lost: int, part: str) -> None:
        """Say how many frames are lost: large until it is noted, and then as a badge.

        The badge goes with its part; what nobody has noted is said on beside the losses of the next
        part, or of another run.

        Parameters
        ----------
        lost : int
            Frames of this part that are lost.
        part : str
            Which part of which run it is; "" for none.
        """
        if (lost, part) == (self._lost, self._part):
            return
        if part != self._part:
            if self._lost > self._noted:
                self._unread[self._part] = self._lost
            self._unread.pop(part, None)  # one that is followed again says its losses itself
            self._noted = 0
        self._lost, self._part = lost, part
        self._show_lost()

    def note_loss(self) -> None:
        """Make the message about lost frames small: a person has read it."""
        self._noted = self._lost
        self._unread.clear()
        self._show_lost()

    def _show_lost(self) -> None:
        if self._unread or self._lost > self._noted:
            self._say(LOST, "loss", loss_words(self._lost, sum(self._unread.values())), "Noted")
        elif self._lost:
            self._say(LOST, "loss", noted_words(self._lost), "", small=True)
        else:
            self._drop(LOST)

    def _say(
        self, key: str, severity: Severity, text: str, button: str, *, small: bool = False
    ) -> None:
        message = self._messages.get(key)
        if message is None:
            message = _Message(severity, text, self._new_strip(key))
            self._messages[key] = message
        message.severity, message.text = severity, text
        message.strip.show_words(severity, text, button, small=small)
        self._arrange()

    def _new_strip(self, key: str) -> "_Strip":
        strip = _Strip()
        strip.button.clicked.connect(lambda: self._press(key))
        return strip

    def _press(self, key: str) -> None:
        if key == LOST:
            self.note_loss()
        else:
            self._closed[key] = _gist(key, self._messages[key].text)
            self._drop(key)

    def _drop(self, key: str) -> None:
        message = self._messages.pop(key, None)
        if message is None:
            return
        self._column.removeWidget(message.strip)
        message.strip.hide()
        message.strip.deleteLater()
        self._arrange()

    def _sorted(self) -> list[_Message]:
        messages = self._messages.values()
        return sorted(messages, key=lambda message: ORDER.index(message.severity))

    def _arrange(self) -> None:
        for place, message in enumerate(self._sorted()):
            if self._column.indexOf(message.strip) != place:
                self._column.removeWidget(message.strip)
                self._column.insertWidget(place, message.strip)
        self.setVisible(bool(self._messages))


def loss_words(lost: int, earlier: int = 0) -> str:
    """Return how a loss is said while nobody has noted it.

    Parameters
    ----------
    lost : int
        Frames that this recording has lost.
    earlier : int
        Frames that earlier ones have lost, which nobody has noted.
    """
    incomplete = "the recording is incomplete"
    if earlier:
        incomplete = "an earlier recording is incomplete"
        if lost:
            incomplete = "this recording and an earlier one are incomplete"
    frames = "FRAME" if lost + earlier == 1 else "FRAMES"
    return f"{count_text(lost + earlier)} {frames} LOST — {incomplete}."


def noted_words(lost: int) -> str:
    """Return how a loss is said once it was noted."""
    return f"{count_text(lost)} {'frame' if lost == 1 else 'frames'} lost"


def _gist(key: str, text: str) -> str:
    """Return what tells a message from others about the same."""
    return re.sub(r"\d+", "", text) if key in LASTING else text


class _Strip(QFrame):
    """One message: symbol, words, and a button that closes it."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = SymbolMark()
        self.words = Words()
        self.button = Button()
        row = QHBoxLayout(self)
        wide, narrow = theme.scaled(12), theme.scaled(4)
        row.setContentsMargins(wide, narrow, wide, narrow)
        row.setSpacing(theme.scaled(8))
        row.addWidget(self.mark)
        row.addWidget(self.words, 1)
        row.addStretch(0)
        row.addWidget(self.button)
        self._row = row

    def show_words(self, severity: Severity, text: str, button: str, *, small: bool) -> None:
        """Say something; `button` is "" where nothing closes it."""
        set_style_property(self, "strip", "noted" if small else severity)
        on_area = (theme.INK, theme.VERMILLION) if severity == "loss" and not small else None
        self.mark.show_symbol(SYMBOLS[severity], on_area)
        self.mark.setVisible(SYMBOLS[severity] != "none")
        self.words.setWordWrap(not small)
        self.words.say(text)
        self._row.setStretch(1, 0 if small else 1)
        self._row.setStretch(2, 1 if small else 0)
        self.button.setText(button)
        self.button.setVisible(button != "")
