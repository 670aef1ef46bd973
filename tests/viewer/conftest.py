"""What every file of the viewer's tests leaves behind is cleared away before the next file."""

import gc
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _no_widget_outlives_its_file() -> Iterator[None]:
    """End windows here: garbage that is collected in another test's thread ends the process."""
    yield
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtCore import QEvent  # noqa: PLC0415 - may be missing
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - as above

    if QApplication.instance() is None:
        return
    for widget in QApplication.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
