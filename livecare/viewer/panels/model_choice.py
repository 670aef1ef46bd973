"""Knows how a model is chosen: a choice of those offered, and which one is on its way."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from livecare.viewer import theme
from livecare.viewer.panels.refusing import RefusingChoice

LETTERS: Final = 18
"""Letters of a model's name that are shown at least; its tooltip and the list show them all."""


class ModelChoice(QWidget):
    """Chooses the model that restores."""

    wanted = Signal(str)
    """Another model was chosen from the list."""

    def __init__(self) -> None:
        super().__init__()
        self.combo = RefusingChoice("Choose the model that restores the frames.")
        self.combo.setAccessibleName("Model")
        self.combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.combo.setMinimumContentsLength(LETTERS)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.setMaximumWidth(theme.scaled(360))
        self.combo.activated.connect(self._choose)
        self._current = ""
        self._asked = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.scaled(4))
        row.addWidget(QLabel("Model"))
        row.addWidget(self.combo, 100)
        row.addStretch(1)

    @property
    def changing(self) -> str:
        """What is said while a change is under way."""
        return f"changing to {self._asked}…" if self._asked else "changing the model…"

    def show_models(self, current: str, models: tuple[str, ...], *, busy: bool) -> None:
        """Show what may be chosen, which of it restores, and whether a change is under way.

        Parameters
        ----------
        current : str
            The model that restores; "" where none does.
        models : tuple of str
            Those that are offered.
        busy : bool
            Whether a change is under way.
        """
        names = list(models) if current in ("", *models) else [current, *models]
        if names != [self.combo.itemText(at) for at in range(self.combo.count())]:
            self._fill(names)
        if busy:
            self.combo.setPlaceholderText(self.changing)
            self.combo.setCurrentIndex(-1)
            return
        self._asked, self._current = "", current
        self.combo.setPlaceholderText("–" if names else "none offered")
        self.combo.setCurrentIndex(names.index(current) if current in names else -1)

    def _fill(self, names: list[str]) -> None:
        self.combo.clear()
        self.combo.addItems(names)
        view = self.combo.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + theme.scaled(24))

    def _choose(self, place: int) -> None:
        chosen = self.combo.itemText(place)
        if self.combo.refusal.reason:  # since the list was opened
            self.combo.setCurrentIndex(self.combo.findText(self._current))
            self.combo.refusal.explain()
        elif chosen and chosen != self._current:
            self._asked = chosen
            self.combo.setPlaceholderText(self.changing)
            self.combo.setCurrentIndex(-1)
            self.wanted.emit(chosen)
