"""Knows how it is said what a restored picture may be trusted for, and what is not known of it."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from livecare.frame import Restoration
from livecare.link.telemetry import Telemetry
from livecare.sinks.ome import RESTORED_NOTE
from livecare.viewer import theme
from livecare.viewer.display.camera_noise import camera_noise_of, why_unknown
from livecare.viewer.display.judgement import NEEDS_CAMERA, Readings, sentences
from livecare.viewer.display.numbers import UNKNOWN
from livecare.viewer.display.sureness import sureness_words, tables_of
from livecare.viewer.panels.button import Button
from livecare.viewer.panels.facts import Facts
from livecare.viewer.panels.symbols import SymbolMark
from livecare.viewer.panels.words import SYMBOLS, Tone, Words, set_tone
from livecare.viewer.seen import SeenFrame, View

ALWAYS: Final = RESTORED_NOTE.capitalize()
"""Stands there always."""
NOT_WATCHED: Final = "no guard has looked at this picture"
"""Of a frame that was restored without guards, or passed on as raw."""
QUIET: Final = "{count} guards looked at it: none objects"
"""Of a frame that all guards believe."""
FEW: Final = "Most guards cannot judge it: {why}."
"""Of a frame of which the camera's noise is not known."""
NOT_SENT: Final = "not known: the model predicts none, or has not been asked yet"
"""Of how sure the model is."""


class TrustPanel(QWidget):
    """Says what the restored picture may be used for, and what the checks found."""

    difference_wanted = Signal(bool)
    """What was removed (raw - restored) is to be seen, or no longer."""

    instead_wanted = Signal(str)
    """What is to stand on the restored side: "restored", "draws" or "errors"."""

    def __init__(self) -> None:
        super().__init__()
        self.always = Words(ALWAYS, "notice")
        self.facts = Facts()
        self.facts.add("Model", "What the noise was removed with.")
        self.facts.add("Engine", "What computed it, and in which precision.")
        self.picture = Light("This picture")
        self.guards = Light("Guards", NOT_WATCHED)
        self.sureness = Light("Predicted uncertainty", NOT_SENT)
        self.reduced = Light("Reduced picture")
        self.difference = Button("Show difference")
        self.difference.setCheckable(True)
        self.difference.setToolTip(
            "Show what was removed: raw − restored. It should be noise only."
        )
        self.difference.toggled.connect(self.difference_wanted)
        self.draws, self.errors = Button("Show draws"), Button("Show predicted error")
        self._make_instead()
        self._lay_out()
        self.show_trust(View(), {}, None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        margin = theme.scaled(8)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(theme.scaled(6))
        for part in (
            self.always,
            self.facts,
            self.picture,
            self.guards,
            self.sureness,
            self.reduced,
            self.difference,
            self.draws,
            self.errors,
        ):
            column.addWidget(part)

    def _make_instead(self) -> None:
        """Make the buttons for what may stand in place of the restored frame."""
        self.draws.setToolTip(
            "Show, one after the other, pictures that the model holds possible: what stays is sure."
        )
        self.errors.setToolTip("Show how far from the truth the model expects each pixel to be.")
        for what, button in (("draws", self.draws), ("errors", self.errors)):
            button.setCheckable(True)
            button.toggled.connect(lambda on, what=what: self._choose_instead(what, on=on))

    def _choose_instead(self, what: str, *, on: bool) -> None:
        """Let one of the two be shown, or none."""
        other = self.errors if what == "draws" else self.draws
        if on:
            other.setChecked(False)
        elif other.isChecked():
            return
        self.instead_wanted.emit(what if on else "restored")

    def show_trust(self, view: View, readings: Readings, telemetry: Telemetry | None) -> None:
        """Show what is known of the picture.

        Parameters
        ----------
        view : View
            What is seen.
        readings : dict of str to GuardReading
            What the guards say of it, by their names; empty if none has looked.
        telemetry : Telemetry or None
            The run; says the model and the engine where the frame does not.
        """
        frames = [channel.restored for channel in view.channels if channel.restored is not None]
        made = frames[0].restoration if frames else None
        self._show_maker(made, telemetry)
        self._show_picture(frames)
        self._show_guards(readings, made)
        self._show_sureness(telemetry)
        self._show_reduction(view)

    def set_difference(self, *, shown: bool) -> None:
        """Show whether the difference is seen; says nothing back."""
        self.difference.blockSignals(True)
        self.difference.setChecked(shown)
        self.difference.blockSignals(False)

    def _show_maker(self, made: Restoration | None, telemetry: Telemetry | None) -> None:
        model = "" if telemetry is None else telemetry.model
        engine = "" if telemetry is None else telemetry.engine
        why = "" if telemetry is None else telemetry.why
        if made is not None and not made.passed_through:
            model, engine = made.model, f"{made.engine}, {made.precision}"
        self.facts.say("Model", model or UNKNOWN, tip=why)
        self.facts.say("Engine", engine or UNKNOWN, tip=why)

    def _show_picture(self, frames: list[SeenFrame]) -> None:
        if not frames:
            self.picture.show_light("unknown", "no restored frame yet")
        elif all(frame.restored for frame in frames):
            self.picture.show_light("fine", "restored")
        else:
            words = "NOT restored: as it came, since no engine is ready or a guard objects"
            self.picture.show_light("warning", words)

    def _show_guards(self, readings: Readings, made: Restoration | None) -> None:
        if not readings:
            self.guards.show_light("unknown", NOT_WATCHED)
            return
        words = sentences(readings)
        few = NEEDS_CAMERA not in readings and camera_noise_of(made) is None
        if few:
            words.append(FEW.format(why=why_unknown(made)))
        quiet = QUIET.format(count=len(readings))
        alarm = any(reading.alarm for reading in readings.values())
        tone: Tone = "warning" if alarm else "unknown" if few else "fine"
        self.guards.show_light(tone, "\n".join(words) or quiet)

    def _show_sureness(self, telemetry: Telemetry | None) -> None:
        words = "" if telemetry is None else sureness_words(tables_of(telemetry.spreads))
        self.sureness.show_light("plain" if words else "unknown", words or NOT_SENT)

    def _show_reduction(self, view: View) -> None:
        seen = [frame for each in view.channels for frame in (each.raw, each.restored)]
        most = max((frame.reduction for frame in seen if frame is not None), default=1)
        self.reduced.setVisible(most > 1)
        self.reduced.show_light("warning", f"values are means of {most} × {most} pixels")


class Light(QWidget):
    """A symbol, a name, and a sentence below it.

    Parameters
    ----------
    name : str
        What it is about.
    words : str
        What is said first; nothing is known yet.

    Attributes
    ----------
    said : str
        The sentence.
    tone : Tone
        How it is said.
    """

    def __init__(self, name: str, words: str = "") -> None:
        super().__init__()
        self._mark = SymbolMark()
        self._words = Words()
        self.tone: Tone = "plain"
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.scaled(6))
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._mark, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(Words(name), 0, 1)
        grid.addWidget(self._words, 1, 1)
        self.show_light("unknown", words)

    @property
    def said(self) -> str:
        """The sentence."""
        return self._words.said

    def show_light(self, tone: Tone, words: str) -> None:
        """Show another verdict."""
        self.tone = tone
        self._mark.show_symbol(SYMBOLS[tone])
        self._words.say(words)
        set_tone(self._words, "muted" if tone == "unknown" else tone)
