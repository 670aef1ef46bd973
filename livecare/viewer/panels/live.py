"""Knows how it is shown whether the picture follows the camera."""

from typing import Final, Literal

from PySide6.QtCore import Signal

from livecare.viewer import theme
from livecare.viewer.panels.button import Button
from livecare.viewer.panels.symbols import Symbol, icon_size, symbol_icon
from livecare.viewer.panels.words import set_style_property

Following = Literal["live", "paused", "waiting", "ended"]

WORDS: Final[dict[Following, str]] = {
    "live": "LIVE",
    "paused": "Paused – jump to live (L)",
    "waiting": "Waiting for a run",
    "ended": "The run has ended",
}
"""What the badge says."""
TIPS: Final[dict[Following, str]] = {
    "live": "The picture follows the camera.",
    "paused": "The picture is older than the camera's; press to see the newest.",
    "waiting": "The picture appears when livecare runs.",
    "ended": "No new frame comes; the last ones can still be looked at.",
}
"""What the badge says to who asks."""
_SYMBOLS: Final[dict[Following, Symbol]] = {
    "live": "live",
    "paused": "pause",
    "waiting": "unknown",
    "ended": "unknown",
}


class LiveBadge(Button):
    """Says whether the picture is live; brings it back to live when pressed.

    Attributes
    ----------
    following : Following
        What it says.
    """

    live_wanted = Signal()
    """The newest frames are to be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.following: Following = "waiting"
        self._icons = {state: symbol_icon(symbol) for state, symbol in _SYMBOLS.items()}
        self._icons["paused"] = symbol_icon("pause", theme.INK)
        self.setIconSize(icon_size())
        self.setProperty("role", "live")
        self.clicked.connect(self._press)
        self.show_following("live")
        self._hold_width()
        self.show_following("waiting")

    def show_following(self, following: Following) -> None:
        """Say something else."""
        if following == self.following:
            return
        self.following = following
        self.setText(WORDS[following])
        self.setToolTip(TIPS[following])
        self.setIcon(self._icons[following])
        set_style_property(self, "state", following)

    def _hold_width(self) -> None:
        """Keep the badge as wide as its longest words: what is beside it stays put."""
        widest = 0
        for words in WORDS.values():
            self.setText(words)
            self.ensurePolished()
            widest = max(widest, self.sizeHint().width())
        self.setMinimumWidth(widest)
        self.setText(WORDS[self.following])

    def _press(self) -> None:
        if self.following == "paused":
            self.live_wanted.emit()
