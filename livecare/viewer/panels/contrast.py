"""Knows how an operator sets the contrast and the colours of the channels."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.display.colours import LEGEND
from livecare.viewer.display.histogram import Histograms
from livecare.viewer.panels.button import Button
from livecare.viewer.panels.channel_row import ChannelRow
from livecare.viewer.panels.gamma import GammaField
from livecare.viewer.panels.level_fields import LevelFields
from livecare.viewer.panels.level_plot import LevelPlot
from livecare.viewer.panels.swatches import hex_colour
from livecare.viewer.panels.tick import Tick
from livecare.viewer.styles import ChannelStyle, Levels

SAME: Final = "Same contrast for raw and restored"
"""Of the check box."""


class ContrastPanel(QWidget):
    """Colours of all channels, and the contrast of the one that is picked.

    Attributes
    ----------
    picked : int
        The channel whose contrast is seen: give its histograms.
    """

    style_changed = Signal(int, object)
    """A person chose how a channel looks: its index and its ChannelStyle."""
    lock_changed = Signal(int, bool)
    """The contrast of a channel is to stay as it is (True), or to follow the light."""
    same_changed = Signal(bool)
    """Raw and restored are to be shown with the same contrast, or each with its own."""
    channel_picked = Signal(int)
    """Another channel's contrast is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.picked = 0
        self.rows: list[ChannelRow] = []
        self._styles: list[ChannelStyle] = []
        self._locked: list[bool] = []
        self._make_controls()
        self._lay_out()
        self._connect()
        self.set_channels(("channel 0",))

    def _make_controls(self) -> None:
        self.automatic = Button("Automatic")
        self.locked = Button("Locked")
        self.automatic.setToolTip("The contrast follows the light, slowly.")
        self.locked.setToolTip("The contrast stays as it is.")
        self._choice = QButtonGroup(self)
        for button in (self.automatic, self.locked):
            button.setCheckable(True)
            self._choice.addButton(button)
        self.same = Tick(SAME)
        self.plot = LevelPlot()
        self.fields = LevelFields()
        self.gamma = GammaField()
        self.warnings = Tick("Mark saturated pixels and zeros")
        self.legend = _legend()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        margin = theme.scaled(8)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(theme.scaled(4))
        self._row_column = QVBoxLayout()
        self._row_column.setSpacing(theme.scaled(2))
        column.addLayout(self._row_column)
        choice = QHBoxLayout()
        choice.addWidget(self.automatic)
        choice.addWidget(self.locked)
        column.addLayout(choice)
        for part in (self.plot, self.fields, self.same, self.gamma, self.warnings, self.legend):
            column.addWidget(part)

    def _connect(self) -> None:
        self.locked.toggled.connect(self._change_lock)
        self.same.toggled.connect(self._change_same)
        self.plot.dragged.connect(self._set_levels)
        self.fields.edited.connect(self._set_levels)
        self.gamma.changed.connect(lambda gamma: self._change(self.picked, gamma=gamma))
        self.warnings.toggled.connect(
            lambda: self._change(self.picked, warnings=self.warnings.isChecked())
        )

    def set_channels(self, names: tuple[str, ...]) -> None:
        """Show other channels; those that stay keep their styles. Says nothing back."""
        for row in self.rows:
            self._row_column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._styles = [*self._styles[: len(names)]]
        self._styles += [ChannelStyle()] * (len(names) - len(self._styles))
        self._locked = [*self._locked[: len(names)]]
        self._locked += [False] * (len(names) - len(self._locked))
        self.picked = min(self.picked, max(0, len(names) - 1))
        self.rows = [ChannelRow(name) for name in names]
        for channel, row in enumerate(self.rows):
            row.picked.connect(partial(self._pick, channel))
            row.shown_changed.connect(lambda on, at=channel: self._change(at, shown=on))
            row.colour_changed.connect(lambda to, at=channel: self._change(at, colour=to))
            self._row_column.addWidget(row)
        self._show_all()

    def set_style(self, channel: int, style: ChannelStyle) -> None:
        """Show how a channel looks; says nothing back."""
        if style != self._styles[channel]:
            self._styles[channel] = style
            self._show_channel(channel)

    def set_locked(self, channel: int, *, locked: bool) -> None:
        """Show whether a channel's contrast stays; says nothing back."""
        self._locked[channel] = locked
        self._show_channel(channel)

    def set_same(self, *, same: bool) -> None:
        """Show whether raw and restored have the same contrast; says nothing back."""
        self.same.blockSignals(True)
        self.same.setChecked(same)
        self.same.blockSignals(False)
        self._show_channel(self.picked)

    def set_histograms(self, channel: int, counted: Histograms | None) -> None:
        """Draw a channel's histograms, where it is the one that is picked."""
        if channel == self.picked:
            self.plot.show_histograms(counted)

    def _pick(self, channel: int) -> None:
        self.picked = channel
        self.plot.show_histograms(None)
        self._show_all()
        self.channel_picked.emit(channel)

    def _change(self, channel: int, **changes: Any) -> None:  # noqa: ANN401 - fields of ChannelStyle
        self._styles[channel] = replace(self._styles[channel], **changes)
        self._show_channel(channel)
        self.style_changed.emit(channel, self._styles[channel])

    def _set_levels(self, raw: Levels, restored: Levels) -> None:
        """Take levels from a person: they are to stay, so that the contrast is locked."""
        self.locked.setChecked(True)
        self._change(self.picked, raw=raw, restored=restored)

    def _change_lock(self) -> None:
        self._locked[self.picked] = self.locked.isChecked()
        self.lock_changed.emit(self.picked, self.locked.isChecked())

    def _change_same(self) -> None:
        self._show_channel(self.picked)
        self.same_changed.emit(self.same.isChecked())

    def _show_all(self) -> None:
        for channel in range(len(self.rows)):
            self._show_channel(channel)

    def _show_channel(self, channel: int) -> None:
        style = self._styles[channel]
        self.rows[channel].show_choice(
            style.colour,
            shown=style.shown,
            picked=channel == self.picked,
            alone=len(self.rows) == 1,
        )
        if channel == self.picked:
            self._show_picked(style)

    def _show_picked(self, style: ChannelStyle) -> None:
        same = self.same.isChecked()
        self.plot.show_levels(style.raw, style.restored, same=same)
        self.fields.show_levels(style.raw, style.restored, same=same)
        self.gamma.show_gamma(style.gamma)
        self.legend.setVisible(style.warnings)
        chosen = self.locked if self._locked[self.picked] else self.automatic
        for widget in (self.locked, self.automatic, self.warnings):
            widget.blockSignals(True)
        chosen.setChecked(True)
        self.warnings.setChecked(style.warnings)
        for widget in (self.locked, self.automatic, self.warnings):
            widget.blockSignals(False)


def _legend() -> QWidget:
    """Return what the warning colours mean, each beside its colour."""
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(theme.scaled(22), 0, 0, 0)
    row.setSpacing(theme.scaled(4))
    for words, colour in LEGEND:
        sample = QLabel()
        sample.setFixedSize(theme.scaled(10), theme.scaled(10))
        sample.setStyleSheet(f"background: {hex_colour(colour)};")
        row.addWidget(sample)
        row.addWidget(QLabel(words))
        row.addSpacing(theme.scaled(4))
    row.addStretch(1)
    return whole
