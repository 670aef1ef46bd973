"""Knows how controls keep the keyboard's keys, whatever shortcuts the window has."""

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton

PRESSING: Final = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""Keys that press a button."""
MOVING: Final = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)
"""Keys that move a slider, or open a list of choices."""


class Button(QPushButton):
    """A button that Tab reaches, and that Space and Enter press.

    A press of the mouse leaves the keyboard where it is, so that a later Space does not press it
    again by chance.

    Parameters
    ----------
    text : str
        Its words.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        """Keep its keys; called by Qt."""
        return keeps(event, PRESSING) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Be pressed by Enter, too; called by Qt."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


def keeps(event: QEvent, keys: tuple[Qt.Key, ...]) -> bool:
    """Keep a key from the window's shortcuts; tell whether it is one of those to keep."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if event.key() not in keys or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return False
    event.accept()
    return True
