"""Widgets that tests show: let go of, laid out, and looked at for words that are cut off."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QWidget


def bury() -> None:
    """Let go of earlier tests' widgets: another theme would dress them all anew."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settle() -> None:
    """Let layouts follow what was said."""
    for _ in range(10):
        QApplication.processEvents()


def cut_off(window: QWidget) -> list[str]:
    """Return the words in a shown window that have less room than they need."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QPushButton | QCheckBox):
            continue
        if widget.text() and _short_of_room(widget):
            found.append(f"{widget.text()!r} in {widget.width()} × {widget.height()}")
    return found


def _short_of_room(widget: QLabel | QPushButton | QCheckBox) -> bool:
    if isinstance(widget, QLabel) and widget.wordWrap():
        narrow = widget.minimumSizeHint().width() > widget.width()
        return narrow or widget.heightForWidth(widget.width()) > widget.height()
    if widget.toolTip().startswith("Channel "):  # shortened by itself, all of it in the tooltip
        return False
    wanted = widget.minimumSizeHint()
    return wanted.width() > widget.width() or wanted.height() > widget.height()
