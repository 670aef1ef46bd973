"""Knows how the values of both frames are drawn, with lines at what is black and white."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.display.histogram import Histograms
from livecare.viewer.styles import Levels

HEIGHT_PX: Final = 130
"""Height of the plot at 96 dpi, pixels."""
EMPTY: Final = 0.5
"""Drawn for bars that hold nothing: the axis of counts is logarithmic and begins at 1."""


class LevelPlot(QWidget):
    """Histograms of raw and restored, and draggable lines at their levels."""

    dragged = Signal(object, object)
    """A person moved a line: levels of raw and of restored."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = pg.PlotWidget()
        theme.style_plot(self.plot)
        self.plot.setFixedHeight(theme.scaled(HEIGHT_PX))
        self.plot.setLogMode(x=False, y=True)
        self.plot.getAxis("left").setStyle(showValues=False)
        self.plot.getAxis("left").setWidth(theme.scaled(6))
        self.plot.setLabel("bottom", "value")
        faint = pg.mkColor(theme.RAW)
        faint.setAlpha(70)
        # A plot in logarithmic mode takes the level of the filling as a logarithm, too.
        self.raw = self.plot.plot(
            pen=pg.mkPen(theme.RAW, width=1), stepMode="center", fillLevel=0, fillBrush=faint
        )
        thick = pg.mkPen(theme.RESTORED, width=theme.scaled(2))
        self.restored = self.plot.plot(pen=thick, stepMode="center")
        dashed = Qt.PenStyle.DashLine
        self.lines = {
            "raw": (self._line(theme.TEXT, dashed), self._line(theme.TEXT, dashed)),
            "restored": (self._line(theme.RESTORED), self._line(theme.RESTORED)),
        }
        self._same = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)

    def show_histograms(self, counted: Histograms | None) -> None:
        """Draw what was counted; None for nothing."""
        for item, name in ((self.raw, "raw"), (self.restored, "restored")):
            if counted is None or not getattr(counted, name).any():
                item.clear()
            else:
                item.setData(counted.edges, np.maximum(getattr(counted, name), EMPTY))
        if counted is not None:
            most = max(float(counted.raw.max()), float(counted.restored.max()), 10.0)
            self.plot.setYRange(0, np.log10(most), padding=0.05)
            self._span = (float(counted.edges[0]), float(counted.edges[-1]))
            self._fit()

    def show_levels(self, raw: Levels, restored: Levels, *, same: bool) -> None:
        """Move the lines to where the levels are; says nothing back.

        Parameters
        ----------
        raw, restored : Levels
            The levels.
        same : bool
            Whether they are the same for both: then only one pair is drawn.
        """
        self._same = same
        for line in self.lines["raw"]:
            line.setVisible(not same)
        for name, levels in (("raw", raw), ("restored", restored)):
            for line, value in zip(self.lines[name], (levels.low, levels.high), strict=True):
                line.blockSignals(True)
                if not line.moving:
                    line.setValue(value)
                line.blockSignals(False)
        self._fit()

    _span: tuple[float, float] | None = None

    def _fit(self) -> None:
        """Show all values and all lines, unless one of them is being dragged."""
        lines = [line for pair in self.lines.values() for line in pair if line.isVisible()]
        if any(line.moving for line in lines):
            return
        places = [float(line.value()) for line in lines] + list(self._span or ())
        self.plot.setXRange(min(places), max(places), padding=0.03)

    def _line(self, colour: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> pg.InfiniteLine:
        pen = pg.mkPen(colour, width=theme.scaled(2), style=style)
        held = pg.mkPen(theme.ORANGE, width=theme.scaled(3))
        line = pg.InfiniteLine(angle=90, movable=True, pen=pen, hoverPen=held)
        line.setCursor(Qt.CursorShape.SizeHorCursor)
        line.sigDragged.connect(self._drag)
        self.plot.addItem(line)
        return line

    def _drag(self) -> None:
        restored = self._levels("restored")
        self.dragged.emit(restored if self._same else self._levels("raw"), restored)

    def _levels(self, name: str) -> Levels:
        low, high = (float(line.value()) for line in self.lines[name])
        return Levels(min(low, high), max(low, high))
