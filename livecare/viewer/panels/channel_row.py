"""Knows how one channel is switched on and off, coloured and picked."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from livecare.viewer import theme
from livecare.viewer.panels.button import Button
from livecare.viewer.panels.choice import Choice
from livecare.viewer.panels.swatches import swatch, swatch_size
from livecare.viewer.panels.tick import Tick
from livecare.viewer.panels.words import plain_tip
from livecare.viewer.styles import COLOURS, Colour

NAME_PX: Final = 90
"""Least width of a channel's name at 96 dpi, pixels."""


class ChannelRow(QWidget):
    """One channel: whether it is shown, its name, and its colour.

    Parameters
    ----------
    name : str
        The channel's name.
    """

    picked = Signal()
    """Its contrast is to be seen below."""
    shown_changed = Signal(bool)
    """It is to be part of the picture, or no longer."""
    colour_changed = Signal(str)
    """It is to be drawn in another colour."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.shown = Tick()
        self.shown.setToolTip("Show this channel.")
        self.shown.setAccessibleName(f"Show {name}")
        self.name = Button(name)
        self.name.setCheckable(True)
        self.name.setToolTip(plain_tip(f"{name}: press to see its contrast below."))
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.name.setMinimumWidth(theme.scaled(NAME_PX))
        self._whole_name = name
        self.colour = Choice()
        self.colour.setToolTip("Colour of this channel.")
        self.colour.setAccessibleName(f"Colour of {name}")
        self.colour.setIconSize(swatch_size())
        for colour in COLOURS:
            self.colour.addItem(swatch(colour), colour, colour)
        self.shown.toggled.connect(self.shown_changed)
        self.name.clicked.connect(self.picked)
        self.colour.activated.connect(lambda: self.colour_changed.emit(self.colour.currentData()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.scaled(4))
        row.addWidget(self.shown)
        row.addWidget(self.name, 1)
        row.addWidget(self.colour)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Shorten a long name; its tooltip has all of it; called by Qt."""
        super().resizeEvent(event)
        metrics = self.name.fontMetrics()
        around = self.name.sizeHint().width() - metrics.horizontalAdvance(self.name.text())
        room = self.name.width() - around
        self.name.setText(metrics.elidedText(self._whole_name, Qt.TextElideMode.ElideRight, room))

    def show_choice(self, colour: Colour, *, shown: bool, picked: bool, alone: bool) -> None:
        """Show how the channel is drawn; says nothing back.

        Parameters
        ----------
        colour : Colour
            Its colour.
        shown : bool
            Whether it is part of the picture.
        picked : bool
            Whether its contrast is seen below.
        alone : bool
            Whether there is no other channel: then it cannot be switched off.
        """
        for widget in (self.shown, self.name, self.colour):
            widget.blockSignals(True)
        self.shown.setChecked(shown)
        self.shown.setVisible(not alone)
        self.name.setChecked(picked and not alone)
        self.name.setEnabled(not alone)
        self.colour.setCurrentIndex(COLOURS.index(colour))
        for widget in (self.shown, self.name, self.colour):
            widget.blockSignals(False)
