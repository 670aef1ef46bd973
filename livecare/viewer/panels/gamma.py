"""Knows how the brightness of dark structures is set: gamma, 1 in the middle."""

import math
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from livecare.viewer import theme
from livecare.viewer.panels.button import MOVING, keeps

STEPS: Final = 100
"""Steps of the slider to either side of the middle."""
GREATEST: Final = 4.0
"""Gamma at the right end; the left end is one over it."""
CATCH: Final = 4
"""Steps from the middle within which the slider snaps to 1."""


class GammaField(QWidget):
    """A slider from 1/4 to 4, and the value in words."""

    changed = Signal(float)
    """A person wants another gamma."""

    def __init__(self) -> None:
        super().__init__()
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(-STEPS, STEPS)
        self.slider.setPageStep(STEPS // 10)
        self.slider.setAccessibleName("Gamma")
        self.slider.setToolTip("Left lifts dark structures, right lowers them; the middle is 1.")
        self.number = QLabel()
        self.number.setMinimumWidth(self.number.fontMetrics().horizontalAdvance("0.000"))
        self.slider.valueChanged.connect(self._change)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.scaled(6))
        row.addWidget(QLabel("Gamma"))
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self.show_gamma(1.0)

    def show_gamma(self, gamma: float) -> None:
        """Show a gamma; says nothing back."""
        self.number.setText(f"{gamma:.2f}")
        if self.slider.isSliderDown():
            return
        self.slider.blockSignals(True)
        self.slider.setValue(round(STEPS * math.log(max(gamma, 1e-3)) / math.log(GREATEST)))
        self.slider.blockSignals(False)

    def _change(self) -> None:
        steps = self.slider.value()
        by_hand = self.slider.isSliderDown()  # keys go through the middle step by step
        gamma = 1.0 if by_hand and abs(steps) < CATCH else GREATEST ** (steps / STEPS)
        self.number.setText(f"{gamma:.2f}")
        self.changed.emit(gamma)


class _Slider(QSlider):
    """A slider that lets the wheel scroll what it stands in."""

    def event(self, event: QEvent) -> bool:
        """Keep its keys; called by Qt."""
        return keeps(event, MOVING) or super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Change nothing; called by Qt."""
        event.ignore()
