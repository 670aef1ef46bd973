"""What showing a new frame costs, beside a bare pyqtgraph ImageItem that shows the same, by turns.

Both are asked to paint at once (`repaint`), in a window of the same size without a screen: what a
display adds is in neither. The picture is the viewer's whole one, with labels, scale bar and
overlays; the bare side has an ImageItem in a ViewBox for each frame, with given levels, and nothing
else.
"""

import os
import statistics
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication
from table import Bar, Figure

from livecare.frame import FrameHeader, PixelType, Position, Restoration, StreamInfo
from livecare.viewer.picture.picture import Picture
from livecare.viewer.seen import ChannelView, SeenFrame, View
from livecare.viewer.styles import ChannelStyle, Levels
from livecare.viewer.theme import apply_theme

LEVELS: Final = Levels(90.0, 160.0)
"""Contrast of both sides; a byte has all of it."""
BANK_BYTES: Final = 64 << 20
"""Frames that are shown in turn, bytes at least: more than fits a cache, as frames of a camera."""
WARM: Final = 2
"""Frames that are shown before those that count."""
BAR: Final = Bar("ratio", "<=", 1.3)
BARRED: Final = (2048, "uint16")
"""Side and type of the frames for which the bar holds."""

Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    windows : tuple of (width, height)
        Sizes of the picture, pixels.
    forms : tuple of (side, pixel type)
        Of the frames.
    rounds : int
        Turns of each side.
    frames : int
        Frames in a turn.
    """

    windows: tuple[tuple[int, int], ...]
    forms: tuple[tuple[int, PixelType], ...]
    rounds: int
    frames: int


def measure(effort: Effort) -> list[Figure]:
    """Measure every size, form and number of panes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["livecare"])
    apply_theme(app)
    figures: list[Figure] = []
    for side, dtype in effort.forms:
        bank = _bank(side, dtype)
        for size in effort.windows:
            for panes in (1, 2):
                figures += _compare(size, bank, panes, effort)
    return figures


def _compare(size: tuple[int, int], bank: list[Pixels], panes: int, effort: Effort) -> list[Figure]:
    """Show the same frames in both, by turns."""
    ours, bare = _Ours(size, panes), _Bare(size, panes)
    cpu: list[tuple[float, float]] = []
    wall: list[tuple[float, float]] = []
    for number in range(effort.rounds):
        turns = {}
        for each in (ours, bare) if number % 2 else (bare, ours):
            turns[each] = _turn(each, bank, effort.frames)
        wall.append((turns[ours][0], turns[bare][0]))
        cpu.append((turns[ours][1], turns[bare][1]))
    form = (bank[0].shape[0], bank[0].dtype.name)
    ours.close()
    bare.close()
    shown = "one frame" if panes == 1 else "side by side"
    what = f"{form[0]}² {form[1]}, {shown}, {size[0]}×{size[1]}"
    peer = f"{'an ImageItem' if panes == 1 else 'two ImageItems'}"
    bar = BAR if form == BARRED else None
    figures = [Figure(f"{what}, CPU", "ms", peer, cpu, bar)]
    if bar is not None:
        figures.append(Figure(f"{what}, wall", "ms", peer, wall, bar))
    return figures


def _turn(side: "_Ours | _Bare", bank: list[Pixels], frames: int) -> tuple[float, float]:
    """Show some frames; return the median time of one and the mean CPU time, ms."""
    side.begin()
    times_ms = []
    cpu_s = 0.0
    for number in range(WARM + frames):
        raw, restored = bank[number % len(bank)], bank[(number + 1) % len(bank)]
        began_s, used_s = time.perf_counter(), time.process_time()
        side.show(raw, restored)
        if number >= WARM:
            cpu_s += time.process_time() - used_s
            times_ms.append(1e3 * (time.perf_counter() - began_s))
    side.check(WARM + frames)
    return statistics.median(times_ms), 1e3 * cpu_s / frames


class _Ours:
    """The viewer's picture."""

    def __init__(self, size: tuple[int, int], panes: int) -> None:
        self._both = panes > 1
        self._styles = (ChannelStyle(LEVELS, LEVELS),)
        self._info: StreamInfo | None = None
        self._sequence = self._drawn = 0
        self._picture = Picture()
        self._picture.resize(*size)
        self._picture.show()
        QApplication.processEvents()

    def begin(self) -> None:
        """Get ready for a turn; blinking begins with the raw side, and no timer fires in a turn."""
        self._picture.set_mode("wipe")
        self._picture.set_mode("side by side" if self._both else "blink")
        QApplication.processEvents()
        self._drawn = self._draws

    def show(self, raw: Pixels, restored: Pixels) -> None:
        """Show a new frame, and paint it."""
        self._sequence += 1
        if self._info is None:
            self._info = StreamInfo(
                "run", "bench", raw.shape, raw.dtype.name, pixel_size_um=0.1, started_monotonic_ns=0
            )
        seen = _seen(raw, self._sequence)
        channel = ChannelView(seen)
        if self._both:
            channel = ChannelView(seen, _restored(restored, self._sequence), seen)
        self._picture.set_view(View((channel,), 0, 1), self._info, self._styles)
        self._picture.board.viewport().repaint()

    def check(self, frames: int) -> None:
        """Say so if not every frame was drawn."""
        drawn = self._draws - self._drawn
        assert drawn == frames * (2 if self._both else 1), f"{drawn} of {frames} frames were drawn"

    def close(self) -> None:
        """Give its memory back."""
        self._picture.close()
        self._picture.deleteLater()
        QApplication.processEvents()

    @property
    def _draws(self) -> int:
        return sum(frame.draws for pane in self._picture.board.panes for frame in pane.frames)


class _Bare:
    """As many ImageItems."""

    def __init__(self, size: tuple[int, int], panes: int) -> None:
        self._widget = pg.GraphicsLayoutWidget()
        self._boxes = [
            self._widget.addViewBox(0, pane, lockAspect=True, invertY=True, enableMenu=False)
            for pane in range(panes)
        ]
        self._items = [pg.ImageItem(axisOrder="row-major") for _ in self._boxes]
        for box, item in zip(self._boxes, self._items, strict=True):
            box.addItem(item)
        self._widget.resize(*size)
        self._widget.show()
        self._fitted = False
        QApplication.processEvents()

    def begin(self) -> None:
        """Get ready for a turn."""
        QApplication.processEvents()

    def show(self, raw: Pixels, restored: Pixels) -> None:
        """Show a new frame, and paint it."""
        levels = (LEVELS.low, LEVELS.high)
        for item, pixels in zip(self._items, (raw, restored), strict=False):
            item.setImage(pixels, autoLevels=False, levels=levels)
        if not self._fitted:  # once: what is seen is not asked for again with every frame
            self._fitted = True
            for box in self._boxes:
                box.autoRange(padding=0)
                box.disableAutoRange()
        self._widget.viewport().repaint()

    def check(self, frames: int) -> None:
        """Nothing is to be said."""
        del frames

    def close(self) -> None:
        """Give its memory back."""
        self._widget.close()
        self._widget.deleteLater()
        QApplication.processEvents()


def _bank(side: int, dtype: PixelType) -> list[Pixels]:
    """Make frames of a dim specimen: shot noise above an offset."""
    rng = np.random.default_rng(0)
    count = max(3, -(-BANK_BYTES // (side * side * np.dtype(dtype).itemsize)))
    first = (100 + rng.poisson(20, (side, side))).astype(dtype)
    return [np.roll(first, 7 * number, axis=number % 2).copy() for number in range(min(count, 16))]


def _seen(pixels: Pixels, sequence: int) -> SeenFrame:
    rows, columns = pixels.shape
    dtype: PixelType = pixels.dtype.name
    header = FrameHeader(sequence, Position(sequence), (rows, columns), dtype, sequence)
    return SeenFrame("run", header, pixels)


def _restored(pixels: Pixels, sequence: int) -> SeenFrame:
    raw = _seen(pixels, sequence)
    how = Restoration(
        engine="onnxruntime",
        precision="fp32",
        model="default-fast",
        model_sha256="00",
        normalisation="fixed",
        normalised_with={"low": 0.0, "high": 1.0},
        taken_ns=sequence,
        engine_ns=1,
        published_ns=sequence + 1,
        batch=1,
    )
    return SeenFrame(raw.run_id, raw.header, raw.pixels, how)
