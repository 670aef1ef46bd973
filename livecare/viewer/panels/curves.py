"""Knows how values along a line and over time are drawn, raw beside restored."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.display.profile import Profile
from livecare.viewer.display.trace import Trace
from livecare.viewer.panels.button import Button
from livecare.viewer.panels.words import Words

NO_LINE: Final = "Draw a line in the picture to see the values along it."
"""Stands where no line is drawn."""
NO_REGION: Final = "Draw a region in the picture to see its mean over time."
"""Stands where no region is drawn."""
HEIGHT_PX: Final = 140
"""Least height of a plot at 96 dpi, pixels: the picture needs the room more."""

Curve = tuple[Sequence[float] | NDArray[np.float64], Sequence[float] | NDArray[np.float64]]
"""Places and values."""


class CurvesPanel(QWidget):
    """The values along a line, and the mean of a region over time."""

    profile_csv_wanted = Signal()
    """The values along the line are to be saved."""
    trace_csv_wanted = Signal()
    """The means over time are to be saved."""

    def __init__(self) -> None:
        super().__init__()
        self.profile = CurvePlot("Along the line", NO_LINE, "value")
        self.trace = CurvePlot("Mean of the region", NO_REGION, "mean value")
        self.profile.save.clicked.connect(self.profile_csv_wanted)
        self.trace.save.clicked.connect(self.trace_csv_wanted)
        row = QHBoxLayout(self)
        margin = theme.scaled(6)
        row.setContentsMargins(margin, margin, margin, margin)
        row.setSpacing(theme.scaled(12))
        row.addWidget(self.profile, 1)
        row.addWidget(self.trace, 1)
        self.set_profile(None, None, None)
        self.set_trace(None)

    def set_profile(
        self, raw: Profile | None, restored: Profile | None, pixel_size_um: float | None
    ) -> None:
        """Draw the values along a line.

        Parameters
        ----------
        raw, restored : Profile or None
            The values; None where there are none.
        pixel_size_um : float or None
            Size of a pixel, µm; None where it is not known: then distances are in pixels.
        """
        unit = "pixels" if pixel_size_um is None else "µm"
        step = 1.0 if pixel_size_um is None else pixel_size_um
        curves = [
            None if each is None else (each.distances_px * step, each.values.astype(np.float64))
            for each in (raw, restored)
        ]
        self.profile.draw(curves[0], curves[1], f"distance ({unit})")

    def set_trace(self, trace: Trace | None) -> None:
        """Draw the means of a region over time; None where no region is drawn."""
        if trace is None or not len(trace):
            self.trace.draw(None, None, "time (s)")
            return
        seconds, raw, restored = trace.curves()
        self.trace.draw((seconds, raw), (seconds, restored), "time (s)")


class CurvePlot(QWidget):
    """Two curves on one pair of axes: raw thin and grey, restored thick and blue.

    Parameters
    ----------
    title : str
        What is drawn.
    nothing : str
        What is said while there is nothing to draw.
    values : str
        What the values are.
    """

    def __init__(self, title: str, nothing: str, values: str) -> None:
        super().__init__()
        self.nothing = Words(nothing, "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.save = Button("Save as CSV")
        self.save.setToolTip("Save these values as a table.")
        self.plot = pg.PlotWidget()
        theme.style_plot(self.plot)
        self.plot.setLabel("left", values)
        self.plot.setMinimumHeight(theme.scaled(HEIGHT_PX))
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.raw = self.plot.plot(pen=pg.mkPen(theme.RAW, width=1), connect="finite")
        thick = pg.mkPen(theme.RESTORED, width=theme.scaled(2))
        self.restored = self.plot.plot(pen=thick, connect="finite")
        head = QHBoxLayout()
        head.addWidget(QLabel(title))
        head.addStretch(1)
        head.addWidget(_legend("raw", theme.RAW, 1))
        head.addWidget(_legend("restored", theme.RESTORED, 3))
        head.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.scaled(2))
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        column.addWidget(self.nothing, 1)

    def draw(self, raw: Curve | None, restored: Curve | None, along: str) -> None:
        """Draw curves, or say that there are none; `along` names the lower axis."""
        empty = raw is None and restored is None
        self.nothing.setVisible(empty)
        self.plot.setVisible(not empty)
        self.save.setEnabled(not empty)
        self.plot.setLabel("bottom", along)
        for item, curve in ((self.raw, raw), (self.restored, restored)):
            if curve is None:
                item.setData([], [])
            else:
                item.setData(*curve)


def _legend(name: str, colour: str, thickness: int) -> QWidget:
    """Return a short line beside its name."""
    whole = QWidget()
    line = QLabel()
    line.setFixedSize(theme.scaled(18), theme.scaled(thickness))
    line.setStyleSheet(f"background: {colour};")
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, theme.scaled(6), 0)
    row.setSpacing(theme.scaled(4))
    row.addWidget(line)
    row.addWidget(QLabel(name))
    return whole
