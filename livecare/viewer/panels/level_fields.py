"""Knows how the values that are shown black and white are read and typed."""

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QGridLayout, QLabel, QWidget

from livecare.viewer import theme
from livecare.viewer.styles import Levels

GREATEST: Final = 1e9
"""Greatest value that can be typed: well above every camera's."""
DIGITS: Final = ((100.0, 0), (10.0, 1), (1.0, 2), (0.0, 4))
"""From which span between black and white on so many decimals are enough."""


class LevelFields(QWidget):
    """Black and white of raw and restored, or of both at once."""

    edited = Signal(object, object)
    """A person typed a value: levels of raw and of restored."""

    def __init__(self) -> None:
        super().__init__()
        self._same = True
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.scaled(4))
        grid.setVerticalSpacing(theme.scaled(2))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        self.heads = {"raw": QLabel("raw"), "restored": QLabel("both")}
        self.fields: dict[str, tuple[LevelField, LevelField]] = {}
        for row, words in ((1, "Black"), (2, "White")):
            grid.addWidget(QLabel(words), row, 0)
        for column, (name, head) in enumerate(self.heads.items(), start=1):
            head.setProperty("tone", "muted")
            grid.addWidget(head, 0, column)
            pair = (LevelField(f"Black of {name}"), LevelField(f"White of {name}"))
            for row, field in enumerate(pair, start=1):
                field.valueChanged.connect(self._edit)
                grid.addWidget(field, row, column)
            self.fields[name] = pair
        self.show_levels(Levels(0.0, 1.0), Levels(0.0, 1.0), same=True)

    def show_levels(self, raw: Levels, restored: Levels, *, same: bool) -> None:
        """Show levels, in one column where they are the `same` for both; says nothing back."""
        self._same = same
        self.heads["restored"].setText("both" if same else "restored")
        self.heads["raw"].setVisible(not same)
        for name, levels in (("raw", raw), ("restored", restored)):
            for field, value in zip(self.fields[name], (levels.low, levels.high), strict=True):
                field.place(value, levels.high - levels.low)
        for field in self.fields["raw"]:
            field.setVisible(not same)

    def _edit(self) -> None:
        restored = self._levels("restored")
        self.edited.emit(restored if self._same else self._levels("raw"), restored)

    def _levels(self, name: str) -> Levels:
        low, high = (field.value() for field in self.fields[name])
        return Levels(min(low, high), max(low, high))


class LevelField(QDoubleSpinBox):
    """A value that can be typed; the wheel changes it only where the keyboard is.

    Parameters
    ----------
    name : str
        What it is, for screen readers.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setRange(-GREATEST, GREATEST)
        self.setKeyboardTracking(False)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        edge = theme.scaled(6)
        self.lineEdit().setTextMargins(edge, 0, edge, 0)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("−00000.0") + 3 * edge)

    def place(self, value: float, span: float) -> None:
        """Show a value of levels that are `span` apart; what is being typed stays."""
        if self.hasFocus() and self.lineEdit().isModified():
            return
        self.blockSignals(True)
        self.setDecimals(next(digits for least, digits in DIGITS if span >= least))
        self.setValue(value)
        self.blockSignals(False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be as wide as a value, not as the greatest; called by Qt."""
        return QSize(self.minimumWidth(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As `sizeHint`; called by Qt."""
        return self.sizeHint()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scroll the column instead, unless the keyboard is here; called by Qt."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
