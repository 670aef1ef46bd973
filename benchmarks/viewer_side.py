"""The real window, as a process of its own without a screen, that says how it is doing.

python benchmarks/viewer_side.py --directory RINGS --every-s 5   # a line of JSON each 5 s
"""

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from viewer_said import CountingSession, arguments, say, session_of, spread

from livecare.viewer.remembered import Remembered
from livecare.viewer.seen import SeenFrame
from livecare.viewer.theme import apply_theme
from livecare.viewer.window import ViewerWindow


def main() -> None:
    """Show it until the time is over, or somebody ends it."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--size", default="1280x800", help="of the window")
    chosen = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    size = tuple(map(int, chosen.size.split("x")))
    _show(session_of(chosen), size, chosen.every_s, chosen.for_s)


class CountingWindow(ViewerWindow):
    """The window, that counts how often the raw side changes, and how old it is then."""

    shown = 0
    went_back = 0
    ages_ms: list[float]

    def __init__(self, session: CountingSession, folder: Path) -> None:
        super().__init__(session, Remembered(folder / "viewer.ini"), folder)
        self.ages_ms = []

    def tick(self) -> None:
        """Look as ever, and note what is shown then."""
        before = self._raw_side()
        super().tick()
        now = self._raw_side()
        if now is not None and now is not before:
            self.shown += 1
            self.ages_ms.append((time.perf_counter_ns() - now.header.received_ns) / 1e6)
            self.went_back += before is not None and before.header.sequence > now.header.sequence

    def facts(self) -> dict[str, Any]:
        """Say what was shown and painted, in all: the latter where pixels are turned to colours."""
        raw, restored = (pane.frames[0].draws for pane in self.picture.board.panes)
        ages, self.ages_ms = self.ages_ms, []
        return {
            "shown": self.shown,
            "went_back": self.went_back,
            **{f"shown_{name}": value for name, value in spread(ages).items()},
            "shown_hz": self.drawn.hz(time.monotonic()),
            "painted_raw": raw,
            "painted_restored": restored,
        }

    def _raw_side(self) -> SeenFrame | None:
        return self.view.channels[0].raw if self.view.channels else None


def _show(session: CountingSession, size: Sequence[int], every_s: float, for_s: float) -> None:
    """Show the real window."""
    app = QApplication(["livecare"])
    apply_theme(app)
    with tempfile.TemporaryDirectory() as folder:
        window = CountingWindow(session, Path(folder))
        window.resize(*size)
        window.start()
        window.show()
        timer = QTimer(window)
        timer.timeout.connect(lambda: say({**session.facts(), **window.facts()}))
        timer.start(round(1e3 * every_s))
        QTimer.singleShot(round(1e3 * for_s), app.quit)
        say({**session.facts(), **window.facts()})
        app.exec()


if __name__ == "__main__":
    main()
