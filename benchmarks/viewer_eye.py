"""Notices when a window was painted for the first time, says so, and ends the application."""

import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


class Eye(QObject):
    """Looks at the events of a widget; made before that is shown, and kept by it."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice the first paint; it is over, of all in the window, when Qt's loop is back."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._say)
        return False

    @staticmethod
    def _say() -> None:
        """Print the time on a clock that processes of a machine share, ns."""
        print(time.perf_counter_ns(), flush=True)
        QCoreApplication.exit()
