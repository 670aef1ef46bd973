"""Knows how one goes back and forth in the frames that are kept."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSlider,
    QStyle,
    QWidget,
)

from livecare.viewer import theme
from livecare.viewer.display.numbers import count_text
from livecare.viewer.panels.button import MOVING, Button, keeps
from livecare.viewer.panels.choice import Choice
from livecare.viewer.panels.live import LiveBadge
from livecare.viewer.panels.symbols import icon_size, symbol_icon
from livecare.viewer.panels.tick import Tick

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
"""How fast what is kept is played, of how fast it came."""
LONGEST_WORDS: Final = "−999.9 s · frame 9,999,999"
"""What the label is always wide enough for."""


class TimeBar(QWidget):
    """Goes through the frames that are kept, plays them, and jumps back to live."""

    scrubbed = Signal(int)
    """A person wants to see the instant of this index."""
    live_wanted = Signal()
    """The newest frames are to be seen."""
    play_wanted = Signal(bool)
    """What is kept is to be played, or no longer."""
    loop_wanted = Signal(bool)
    """Whether playing begins again at the end."""
    speed_wanted = Signal(float)
    """How fast to play, of how fast the frames came."""

    def __init__(self) -> None:
        super().__init__()
        self.slider = _PressSlider()
        self.badge = LiveBadge()
        self.play = Button("Play")
        self.loop = Tick("Loop")
        self.speed = Choice()
        self.when = QLabel()
        self._icons = {False: symbol_icon("play"), True: symbol_icon("pause")}
        self._dress()
        self._lay_out()
        self._connect()
        self.set_extent(0, 0, live=True)
        self.set_time(None, None)

    def _dress(self) -> None:
        self.slider.setToolTip("Go back in the frames that are kept; recording goes on.")
        self.slider.setAccessibleName("Time")
        self.play.setCheckable(True)
        self.play.setIcon(self._icons[False])
        self.play.setIconSize(icon_size())
        self.play.setToolTip("Play the frames that are kept.")
        self.loop.setToolTip("Begin again at the end.")
        self.speed.setToolTip("How fast they are played.")
        self.speed.setAccessibleName("Speed")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g} ×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.when.setMinimumWidth(self.when.fontMetrics().horizontalAdvance(LONGEST_WORDS))
        self.when.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        margin = theme.scaled(4)
        row.setContentsMargins(margin, margin, margin, margin)
        row.setSpacing(theme.scaled(6))
        for widget in (self.play, self.loop, self.speed):
            row.addWidget(widget)
        row.addWidget(self.slider, 1)
        row.addWidget(self.when)
        row.addWidget(self.badge)

    def _connect(self) -> None:
        self.slider.moved.connect(self.scrubbed)
        self.badge.live_wanted.connect(self.live_wanted)
        self.play.toggled.connect(self._toggle_play)
        self.loop.toggled.connect(self.loop_wanted)
        self.speed.activated.connect(lambda: self.speed_wanted.emit(self.speed.currentData()))

    def set_extent(self, count: int, index: int, *, live: bool) -> None:
        """Show how many instants are kept, and which one is seen; says nothing back.

        Parameters
        ----------
        count, index : int
            How many, and which one, from 0.
        live : bool
            Whether the picture follows the camera.
        """
        self.slider.place(count, index)
        for widget in (self.slider, self.play, self.loop, self.speed):
            widget.setEnabled(count > 1)
        self.badge.show_following(("live" if live else "paused") if count else "waiting")

    def set_time(self, seconds_behind: float | None, sequence: int | None) -> None:
        """Say how long ago the frame that is seen was taken, and which it is.

        Parameters
        ----------
        seconds_behind : float or None
            How much older it is than the newest, seconds; None where nothing is seen.
        sequence : int or None
            Its number.
        """
        self.when.setText(when_words(seconds_behind, sequence))

    def set_playing(self, *, playing: bool) -> None:
        """Show whether what is kept is played; says nothing back."""
        self.play.blockSignals(True)
        self.play.setChecked(playing)
        self.play.blockSignals(False)
        self._dress_play()

    def _toggle_play(self) -> None:
        self._dress_play()
        self.play_wanted.emit(self.play.isChecked())

    def _dress_play(self) -> None:
        playing = self.play.isChecked()
        self.play.setIcon(self._icons[playing])
        self.play.setText("Pause" if playing else "Play")


def when_words(seconds_behind: float | None, sequence: int | None) -> str:
    """Return how long ago something was, and which frame: "−2.4 s · frame 1,234"."""
    if seconds_behind is None:
        return "no frame yet"
    behind = "now" if round(seconds_behind, 1) <= 0 else f"−{seconds_behind:,.1f} s"
    return behind if sequence is None else f"{behind} · frame {count_text(sequence)}"


class _PressSlider(QSlider):
    """A slider that jumps to where it is pressed, and says only what a person did."""

    moved = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._placing = False
        self.setSingleStep(1)
        self.setPageStep(10)
        self.valueChanged.connect(self._say)

    def place(self, count: int, index: int) -> None:
        """Show another extent and place; a person who holds the slider keeps it."""
        self._placing = True
        held = self.isSliderDown()
        self.setMaximum(max(0, count - 1))
        if not held:
            self.setValue(index)
        self._placing = False

    def _say(self, value: int) -> None:
        if not self._placing:
            self.moved.emit(value)

    def event(self, event: QEvent) -> bool:
        """Keep its keys; called by Qt."""
        return keeps(event, MOVING) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Jump there, and be dragged on; called by Qt."""
        if event.button() == Qt.MouseButton.LeftButton:
            handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
            at = round(event.position().x() - handle / 2)
            value = QStyle.sliderValueFromPosition(
                self.minimum(), self.maximum(), at, self.width() - handle
            )
            self.setValue(value)
        super().mousePressEvent(event)
