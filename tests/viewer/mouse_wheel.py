"""A mouse wheel that is turned over a widget."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

DEGREES_8 = 120
"""One notch, in eighths of a degree."""


def turn_wheel(widget: QWidget, notches: int, place: tuple[float, float] = (4, 4)) -> bool:
    """Turn it at a place of the widget, away from the hand; tell whether that was taken."""
    at = QPointF(*place)
    event = QWheelEvent(
        at,
        QPointF(widget.mapToGlobal(at)),
        QPoint(),
        QPoint(0, DEGREES_8 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()
