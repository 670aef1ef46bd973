"""Knows how a person asks how far the exposure can drop, and how the answer is shown."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.panels.choice import Choice
from livecare.viewer.panels.level_fields import LevelField
from livecare.viewer.panels.refusing import RefusingButton
from livecare.viewer.panels.words import Tone, Words

LONGEST_MS: Final = 600_000.0
"""Longest exposure that can be typed, ms: ten minutes."""
SHORTEST_MS: Final = 0.001
"""Least value that can be typed, ms; an aim may be as small."""
USUAL_MS: Final = 50.0
"""What stands there where nobody says the exposure, ms."""
AIMS: Final = {
    "ms of raw exposure: as good as that": ("as-good-as={value:g}ms", 0),
    "dB: PSNR of at least that": ("psnr={value:g}", 32.0),
    "SSIM of at least that": ("ssim={value:g}", 0.9),
    "NRMSE of at most that": ("nrmse={value:g}", 0.05),
}
"""What may be wanted: how `livecare advise --target` writes it, and what is offered first; 0 for
the exposure itself."""
FEWEST_LETTERS: Final = 12
"""Letters of an aim that there must be room for."""
ASK: Final = "How low can it go?"
ASK_TIP: Final = (
    "Thin the light of the frames that were seen, restore them, and say which exposure still does. "
    "The specimen should stand still. Takes a minute; nothing is changed."
)
UNASKED: Final = (
    "Predicts, from the frames that you see, how good restored frames of shorter exposures are."
)


@dataclass(frozen=True, slots=True)
class ExposureQuestion:
    """What is asked.

    Attributes
    ----------
    exposure_ms : float
        Exposure of the frames that are seen, ms.
    target : str
        As `livecare advise --target` takes it.
    """

    exposure_ms: float
    target: str


class ExposurePanel(QWidget):
    """Asks for the exposure and the aim, and shows the advice."""

    asked = Signal(object)
    """An `ExposureQuestion`."""

    def __init__(self) -> None:
        super().__init__()
        self.exposure, self.value = _field("Exposure now, ms"), _field("Aim")
        self.aim = Choice()
        self.aim.setAccessibleName("What is wanted")
        self.aim.addItems(list(AIMS))
        self.aim.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.aim.setMinimumContentsLength(FEWEST_LETTERS)  # the column is narrow
        self.ask = RefusingButton(ASK, ASK_TIP)
        self.answer = Words(UNASKED, "muted")
        self._typed = self._aim_typed = False
        self._lay_out()
        self.exposure.setValue(USUAL_MS)
        self.exposure.valueChanged.connect(self._note_typing)
        self.value.valueChanged.connect(self._note_aim)
        self.aim.currentIndexChanged.connect(self._offer_value)
        self.ask.wanted.connect(self._ask)
        self._offer_value()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.scaled(6))
        grid.setColumnStretch(0, 1)
        grid.addWidget(QLabel("Exposure now, ms"), 0, 0)
        grid.addWidget(self.exposure, 0, 1)
        grid.addWidget(QLabel("Wanted:"), 1, 0)
        grid.addWidget(self.value, 1, 1)
        grid.addWidget(self.aim, 2, 0, 1, 2)
        column = QVBoxLayout(self)
        margin = theme.scaled(8)
        column.setContentsMargins(margin, margin, margin, margin)
        column.addLayout(grid)
        column.addWidget(self.ask)
        column.addWidget(self.answer)

    def know_exposure(self, exposure_ms: float | None) -> None:
        """Take what the camera says, unless somebody has typed another value."""
        if exposure_ms is not None and not self._typed:
            self.exposure.setValue(exposure_ms)
            self._typed = False

    def refuse(self, reason: str) -> None:
        """Say why nothing can be asked now; "" where it can."""
        self.ask.refusal.say(reason)

    def say(self, words: str, tone: Tone = "plain") -> None:
        """Show what the advice is, or how far it is."""
        self.answer.say(words[:1].upper() + words[1:], tone)

    def _note_typing(self) -> None:
        self._typed = True
        if not self._aim_typed:
            self._offer_value()

    def _note_aim(self) -> None:
        self._aim_typed = True

    def _offer_value(self) -> None:
        _, offered = AIMS[self.aim.currentText()]
        self.value.setValue(offered or self.exposure.value())
        self._aim_typed = False

    def _ask(self) -> None:
        pattern, _ = AIMS[self.aim.currentText()]
        target = pattern.format(value=self.value.value())
        self.asked.emit(ExposureQuestion(self.exposure.value(), target))


def _field(name: str) -> LevelField:
    field = LevelField(name)
    field.setDecimals(3)
    field.setRange(SHORTEST_MS, LONGEST_MS)
    return field
