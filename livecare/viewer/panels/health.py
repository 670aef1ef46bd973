"""Knows how it is shown whether a run is well: rates, delays, frames, disk, load, restorer."""

from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from livecare.link.telemetry import Telemetry
from livecare.viewer import theme
from livecare.viewer.display.numbers import (
    UNKNOWN,
    age_text,
    bytes_text,
    count_text,
    minutes_text,
    percent_text,
    rate_text,
)
from livecare.viewer.messages import LEAST_DISK_MINUTES
from livecare.viewer.panels.facts import Facts
from livecare.viewer.panels.states import restorer_fine, restorer_words, stage_words
from livecare.viewer.panels.words import Tone, Words

LONGEST_AGE_MS: Final = 1000.0
"""Age of what is seen, ms, above which it is warned of: hands at the microscope then feel it."""

MS_PER_S: Final = 1000
ROWS: Final = {
    "Camera": "Frames that come from the camera, per second.",
    "Restored": "Frames that are restored, per second.",
    "Shown here": "Pictures that this window draws, per second.",
    "Usual delay": "From the camera to the restored picture: half of the frames are faster.",
    "Longest delay": "From the camera to the restored picture: 99 of 100 frames are faster.",
    "Recorded": "Raw frames in the recording.",
    "Lost": "Frames that the camera took and that are in no recording.",
    "Skipped": "Frames that were not restored at once, because others came; they are restored "
    "afterwards.",
    "Disk": "How long the room on the disk lasts at this rate.",
    "Computer": "How busy the processors are; GPU: none where no graphics card restores.",
    "Restorer": "What removes the noise.",
    "Model": "What it removes the noise with.",
    "Engine": "What computes it.",
    "Light": "How much light the specimen got, and how much more raw frames of the same error "
    "would have needed.",
}
"""What is shown, and what each means."""


class HealthPanel(QWidget):
    """Shows how a run is."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Words("", "strong")
        self.facts = Facts()
        for name, tip in ROWS.items():
            self.facts.add(name, tip)
        column = QVBoxLayout(self)
        margin = theme.scaled(8)
        column.setContentsMargins(margin, margin, margin, margin)
        column.addWidget(self.words)
        column.addWidget(self.facts)
        self.show_state(None, None, "")

    def show_state(self, telemetry: Telemetry | None, display_hz: float | None, words: str) -> None:
        """Show how a run is.

        Parameters
        ----------
        telemetry : Telemetry or None
            The run; None while none is attached: then nothing is known.
        display_hz : float or None
            Pictures drawn per second.
        words : str
            What there is to say of the connection; "" for what the run does.
        """
        stage = "" if telemetry is None else stage_words(telemetry)
        self.words.say(words or stage)
        self.words.setVisible(bool(words or stage))
        self.facts.say("Shown here", rate_text(display_hz))
        if telemetry is None:
            for name in ROWS:
                if name != "Shown here":
                    self.facts.say(name, UNKNOWN, "muted", "")
            return
        self._show_speed(telemetry)
        self._show_frames(telemetry)
        self._show_machine(telemetry)
        self._show_restorer(telemetry)

    def _show_speed(self, telemetry: Telemetry) -> None:
        self.facts.say("Camera", rate_text(telemetry.acquired_hz))
        self.facts.say("Restored", rate_text(telemetry.restored_hz))
        for name, age_ms in (
            ("Usual delay", telemetry.age_p50_ms),
            ("Longest delay", telemetry.age_p99_ms),
        ):
            late = age_ms is not None and age_ms > LONGEST_AGE_MS
            self.facts.say(name, age_text(age_ms), "warning" if late else "plain")

    def _show_frames(self, telemetry: Telemetry) -> None:
        ledger = telemetry.ledger
        recorded = count_text(ledger.recorded)
        self.facts.say("Recorded", recorded if telemetry.recording else f"{recorded} (not now)")
        bad = ledger.lost + ledger.failed
        lost = f"{count_text(ledger.lost)} frames" if ledger.lost else "none"
        if ledger.failed:
            lost = f"{lost}; {count_text(ledger.failed)} could not be stored or restored"
        self.facts.say("Lost", lost, "loss" if bad else "fine")
        skipped = count_text(telemetry.skipped_live)
        explained = f"{skipped} live, restored afterwards"
        self.facts.say("Skipped", explained if telemetry.skipped_live else "none")

    def _show_machine(self, telemetry: Telemetry) -> None:
        minutes = telemetry.free_minutes
        left = f"{minutes_text(minutes)} left"
        if minutes is None:
            left = f"{bytes_text(telemetry.free_bytes)} free"
        scarce = minutes is not None and minutes < LEAST_DISK_MINUTES
        free = f"{bytes_text(telemetry.free_bytes)} are free."
        self.facts.say("Disk", left, "warning" if scarce else "plain", free)
        gpu = "none" if telemetry.gpu_percent is None else percent_text(telemetry.gpu_percent)
        self.facts.say("Computer", f"CPU {percent_text(telemetry.cpu_percent)}, GPU: {gpu}")

    def _show_restorer(self, telemetry: Telemetry) -> None:
        tone: Tone = "warning"
        if restorer_fine(telemetry):
            tone = "fine" if telemetry.restorer == "ready" else "plain"
        self.facts.say("Restorer", restorer_words(telemetry), tone, tip=telemetry.degraded)
        self.facts.say("Model", telemetry.model or UNKNOWN, tip=telemetry.why)
        self.facts.say("Engine", telemetry.engine or UNKNOWN, tip=telemetry.why)
        self.facts.say("Light", _light_words(telemetry), tip=telemetry.light.words)


def _light_words(telemetry: Telemetry) -> str:
    """Say in few words what light was given, and what raw frames would have needed."""
    light = telemetry.light
    given = "" if light.given_ms is None else f"{light.given_ms / MS_PER_S:.3g} s given"
    needed = f"raw would need {min(light.factors.values()):.2g} ×" if light.factors else ""
    return ", ".join(words for words in (given, needed) if words) or UNKNOWN
