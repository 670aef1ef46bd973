"""Knows how a control says why it cannot be used now: it stays reachable, and explains itself."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from livecare.viewer.panels.button import Button
from livecare.viewer.panels.choice import Choice
from livecare.viewer.panels.symbols import icon_size
from livecare.viewer.panels.words import plain_tip, set_style_property

ASKING: Final = (QEvent.Type.Enter, QEvent.Type.FocusIn)
"""What happens to a control that somebody asks for."""
LEAVING: Final = (QEvent.Type.Leave, QEvent.Type.FocusOut)
"""What happens once nobody does."""
OPENING: Final = (
    Qt.Key.Key_Down,
    Qt.Key.Key_Up,
    Qt.Key.Key_Space,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
)
"""Keys that open a list of choices."""


class Refusal(QObject):
    """Why a control cannot be used now, where a disabled one would be mute and out of reach.

    Parameters
    ----------
    control : QWidget
        The control.
    tip : str
        What it does, for who asks.

    Attributes
    ----------
    reason : str
        Why it cannot be used now; "" where it can.
    """

    explained = Signal(str)
    """Somebody hovers over the control, moves the keyboard to it or presses it: the reason, or ""
    where there is none or nobody asks any more."""

    def __init__(self, control: QWidget, tip: str) -> None:
        super().__init__(control)
        self.reason = ""
        self._control = control
        self._tip = tip
        self.say("", tip)
        control.installEventFilter(self)

    def say(self, reason: str, tip: str | None = None) -> None:
        """Say from now on why the control cannot be used, and what it does."""
        self.reason = reason
        self._tip = self._tip if tip is None else tip
        set_style_property(self._control, "refused", "true" if reason else "false")
        words = f"Not now: {reason}" if reason else self._tip
        if plain_tip(words) != self._control.toolTip():
            self._control.setToolTip(plain_tip(words))
            self._control.setAccessibleDescription(words)

    def explain(self) -> None:
        """Say the reason to who asks for the control."""
        self.explained.emit(self.reason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice who asks for the control; called by Qt."""
        if event.type() in ASKING:
            self.explain()
        elif event.type() in LEAVING:
            self.explained.emit("")
        return super().eventFilter(watched, event)


class RefusingButton(Button):
    """A button that may be refused.

    Parameters
    ----------
    text : str
        Its words.
    tip : str
        What it does, for who asks.

    Attributes
    ----------
    refusal : Refusal
        Why it cannot be used.
    """

    wanted = Signal()
    """It was pressed and may be used."""

    def __init__(self, text: str, tip: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(self, tip)
        self.setIconSize(icon_size())
        self.clicked.connect(self._press)

    def _press(self) -> None:
        if self.refusal.reason:
            self.refusal.explain()
        else:
            self.wanted.emit()


class RefusingChoice(Choice):
    """A choice that may be refused; neither wheel nor letters change it by chance.

    Parameters
    ----------
    tip : str
        What it chooses, for who asks.

    Attributes
    ----------
    refusal : Refusal
        Why it cannot be used.
    """

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.refusal = Refusal(self, tip)

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Offer the choices, or explain why not; called by Qt."""
        if self.refusal.reason:
            self.refusal.explain()
        else:
            super().showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Open the choices: no key changes anything at once; called by Qt."""
        if event.key() in OPENING:
            self.showPopup()
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Change nothing; called by Qt."""
        event.ignore()
