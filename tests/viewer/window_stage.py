"""A real `livecare run` behind a real window, and what eyes and hands do with the window."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from viewed_run import PATIENCE_S, ViewedRun

from livecare.sinks.layout import LaneName
from livecare.sinks.reader import StoreReader
from livecare.sinks.verify import verify
from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import Where
from livecare.viewer.remembered import Remembered
from livecare.viewer.window import ViewerWindow

LEFT = Qt.MouseButton.LeftButton
NS_PER_MS = 1_000_000

CAMERA = "[restorer.camera]\ngain = 2.0\noffset = 100.0\nread_noise = 1.6\n"
"""What is known is not measured: frames are restored from the first one on."""
IDENTITY = f"[restorer]\nengine = 'identity'\n{CAMERA}"
SIMULATED = """
[source.simulated]
size_yx = [48, 64]
rate_hz = 20.0
frames = 1000000
bank_frames = 4
"""


class RunBehind(ViewedRun):
    """A run of a configuration; its rings lie in `rings`, its recordings in its folder."""

    def __init__(self, folder: Path, rings: Path, source: str, restorer: str = IDENTITY) -> None:
        self.folder, self.rings = folder, rings
        self._report = folder / "report.json"
        super().__init__(folder, rings, source, restorer, ("--report", str(self._report)))

    @property
    def stores(self) -> list[Path]:
        """Its recordings, in the order in which they were begun."""
        return sorted(
            self.folder.glob("*.ome.zarr"), key=lambda store: (len(store.name), store.name)
        )

    def end(self) -> dict[str, Any]:
        """End it as Ctrl-C does, with everything restored; return its report."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(PATIENCE_S)
        report: dict[str, Any] = json.loads(self._report.read_bytes())
        return report | {"exit": self.process.returncode}


class Operator:
    """Somebody at a window that looks at the runs of `rings`.

    `folder` is where snapshots and the layout are kept.
    """

    def __init__(self, qtbot: QtBot, rings: Path, folder: Path) -> None:
        self._qtbot = qtbot
        self.snapshots = folder / "snapshots"
        self.window = ViewerWindow(
            Session(Where(rings)), Remembered(folder / "viewer.ini"), self.snapshots
        )
        qtbot.addWidget(self.window)
        self.window.start()
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the window live until a condition holds."""
        window = self.window
        try:
            self._qtbot.waitUntil(lambda: bool(condition()), timeout=round(1e3 * PATIENCE_S))
        except Exception as error:
            seen = (said(window.control), said(window.health), window.banner.texts, window.view)
            raise AssertionError(f"it did not come to that ({what}): {seen}") from error

    def until_pair(self, shape_yx: tuple[int, int] | None = None) -> None:
        """Wait until raw and restored of one instant are seen, as a network's."""

        def is_seen() -> bool:
            [channel] = self.window.view.channels or [None]
            if channel is None or not channel.paired or channel.raw is None:
                return False
            restored = channel.restored
            shown = shape_yx in (None, channel.raw.pixels.shape)
            return shown and restored is not None and restored.restored

        self.until(is_seen, "raw beside restored")

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Press the left button of the mouse on a widget, as a hand does."""
        assert widget.isVisible()
        assert widget.isEnabled()
        self._qtbot.mouseClick(widget, LEFT, pos=at or widget.rect().center())

    def press(self, key: Qt.Key, *, ctrl: bool = False, on: QWidget | None = None) -> None:
        """Press a key where the keyboard is."""
        held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        self._qtbot.keyClick(on or self.window.focusWidget() or self.window, key, held)

    def type(self, text: str) -> None:
        """Write with the keyboard."""
        self._qtbot.keyClicks(self.window.focusWidget(), text)

    def point_at(self, y: int, x: int, pane: int = 0) -> None:
        """Move the mouse to the middle of a camera pixel of a pane."""
        QTest.mouseMove(self.window.picture.board.viewport(), self.place_of(y + 0.5, x + 0.5, pane))

    def drag(self, start_yx: tuple[float, float], end_yx: tuple[float, float]) -> None:
        """Drag from one place of the frame (camera pixels) to another, with the left button."""
        self.settle()
        board = self.window.picture.board.viewport()
        start, end = self.place_of(*start_yx), self.place_of(*end_yx)
        QTest.mouseMove(board, start)
        QTest.mousePress(board, LEFT, pos=start)
        QTest.mouseMove(board, end)
        QTest.mouseRelease(board, LEFT, pos=end)

    def settle(self) -> None:
        """Let what is laid out anew come to rest: a hand waits for that, too."""
        board, same = self.window.picture.board, 0
        while same < 5:
            before = board.viewport_yx, board.size()
            self._qtbot.wait(20)
            same = same + 1 if before == (board.viewport_yx, board.size()) else 0

    def place_of(self, y: float, x: float, pane: int = 0) -> QPoint:
        """Return where on the picture a place of the frame is drawn."""
        board = self.window.picture.board
        rect = board.panes[pane].rect
        down, right = board.viewport_yx.to_pane((y, x), board.panes[pane].size_yx)
        return QPoint(round(rect.left() + right), round(rect.top() + down))

    def close(self) -> None:
        """Close the window, as its owner does."""
        self.window.close()


def said(widget: QWidget) -> str:
    """Read every word that is seen on a widget."""
    kinds = (*widget.findChildren(QLabel), *widget.findChildren(QPushButton))
    words = [each.text() for each in kinds if each.isVisible()]
    return " | ".join(words).replace("\u200b", "")


def tags(window: ViewerWindow) -> list[str]:
    """Read what the panes that are seen are called."""
    panes = (pane for pane in window.picture.board.panes if pane.visible)
    return [side.tag for pane in panes for side in pane.labels.sides]


def stored(store: Path, lane: LaneName) -> dict[int, NDArray[Any]]:
    """Read a lane of a recording, by the frames' numbers."""
    reader = StoreReader(store)
    found = {}
    for line in reader.lines(lane):
        pixels = reader.read(lane, line.position)
        assert pixels is not None
        found[line.sequence] = pixels
    return found


def assert_whole(store: Path, frames: int | None = None) -> None:
    """Check that a recording is sound, complete and restored from end to end."""
    checked = verify(store)
    assert checked.sound, checked
    numbers = [
        sorted(line.sequence for line in StoreReader(store).lines(lane))
        for lane in ("raw", "restored")
    ]
    assert numbers[0] == numbers[1] == list(range(len(numbers[0])))
    assert frames in (None, len(numbers[0]))
