"""Runs, windows and pictures that the viewer's tests share, and what clears up after each file."""

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ring_stage import RingStage

from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import Where

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot
    from window_stage import Operator

    from livecare.viewer.picture.picture import Picture


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


@pytest.fixture
def look(
    qtbot: "QtBot", qapp: "QApplication", tmp_path: Path
) -> Iterator[Callable[[Path], "Operator"]]:
    """Open a window on the runs of a folder."""
    from window_stage import Operator  # noqa: PLC0415 - needs Qt

    from livecare.viewer.theme import apply_theme  # noqa: PLC0415 - as above

    apply_theme(qapp)
    operators: list[Operator] = []

    def open_window(rings: Path) -> Operator:
        operators.append(Operator(qtbot, rings, tmp_path))
        return operators[-1]

    yield open_window
    for operator in operators:
        operator.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., RingStage]]:
    """Make runs that have rings, and no process."""
    stages: list[RingStage] = []

    def make(*arguments: str, **more: object) -> RingStage:
        stages.append(RingStage(tmp_path, *arguments, **more))  # type: ignore[arg-type]
        return stages[-1]

    yield make
    for each in stages:
        each.close()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Follow the runs of a folder."""
    session = Session(Where(tmp_path))
    yield session
    session.close()
    session.close()


@pytest.fixture
def picture(qtbot: "QtBot") -> "Picture":
    """Show two panes of 400 × 400 pixels with 3 pixels between them."""
    from livecare.viewer.picture.picture import Picture  # noqa: PLC0415 - needs Qt

    made = Picture()
    qtbot.addWidget(made)
    made.resize(803, 400)
    with qtbot.waitExposed(made):
        made.show()
    assert made.board.panes[0].size_yx == (400, 400)
    return made
