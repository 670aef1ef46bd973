"""The viewer's process: one window, and what ends it."""

import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from PySide6.QtCore import QStandardPaths, QTimer
from PySide6.QtWidgets import QApplication

from livecare.orphan import give_way
from livecare.viewer.buffer import FrameBuffer
from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import Where
from livecare.viewer.remembered import Remembered
from livecare.viewer.theme import apply_theme
from livecare.viewer.window import ViewerWindow

COURTESY: Final = 3
"""Niceness of the viewer: below the recorder, whose frames must not wait, above the restorer."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a viewer is started with.

    Attributes
    ----------
    where : Where
        Where to look for runs.
    snapshots : Path or None
        Folder for snapshots and curves; None for livecare in the user's pictures.
    buffer_bytes : int
        Memory for the last frames.
    """

    where: Where
    snapshots: Path | None
    buffer_bytes: int


def show(options: Options) -> int:
    """Show the window until it is closed; return the exit code.

    Raises
    ------
    UsageError
        If an endpoint is none.
    """
    give_way(COURTESY)
    app = QApplication(["livecare"])
    apply_theme(app)
    session = Session(options.where, FrameBuffer(options.buffer_bytes))
    window = ViewerWindow(session, Remembered(), options.snapshots or _pictures())
    _close_on_signals(window)
    _keep_going(window)
    window.start()
    window.show()
    return app.exec()


def _pictures() -> Path:
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(place or Path.home()) / "livecare"


def _close_on_signals(window: ViewerWindow) -> None:
    """Let Ctrl-C and a service manager close the window: Python sees them at the next tick.

    It is closed after that tick: in its middle the run's memory must not be let go of.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: QTimer.singleShot(0, window.close))


def _keep_going(window: ViewerWindow) -> None:
    """Say what goes wrong in a slot, here and in the log, and keep the picture running."""

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        window.fail(f"Something in the viewer failed ({kind.__name__}: {error}); the run goes on.")

    sys.excepthook = say
