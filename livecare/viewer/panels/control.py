"""Knows how a run is controlled from the bar above the picture."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from livecare.link.telemetry import Telemetry
from livecare.viewer import theme
from livecare.viewer.panels.control_words import (
    BLANK,
    BUSY,
    NAMES,
    NO_RUN,
    RECORD_TIP,
    START,
    STOP,
    lasting_words,
    recording_words,
)
from livecare.viewer.panels.mark_field import MarkField
from livecare.viewer.panels.model_choice import ModelChoice
from livecare.viewer.panels.refusing import RefusingButton, RefusingChoice
from livecare.viewer.panels.symbols import symbol_icon
from livecare.viewer.panels.words import Words, set_style_property


class ControlPanel(QWidget):
    """Record, mark, snapshot, model and brightness; says of each why it is refused."""

    record_wanted = Signal(bool)
    """Recording is to start (True) or to stop."""
    mark_wanted = Signal(str)
    """An event is to be marked in the recording, in these words."""
    snapshot_wanted = Signal()
    """What is seen is to be saved."""
    model_wanted = Signal(str)
    """Another model is to restore."""
    relock_wanted = Signal()
    """The brightness is to be measured anew."""

    def __init__(self) -> None:
        super().__init__()
        self._recording = False
        self._said = ""
        self._asked_of = ""
        self._make_controls()
        self._lay_out()
        self._hold_width()
        self._connect()
        self.show_state(None, (), set())

    def _make_controls(self) -> None:
        self._icons = {
            "record": symbol_icon("record"),
            "stop": symbol_icon("stop"),
            "refused": symbol_icon("record", theme.MUTED),
        }
        self.record = RefusingButton(START, RECORD_TIP)
        self.record.setProperty("role", "record")
        self.mark = RefusingButton("Mark…", "Note an event in the recording, with its time.")
        self.snapshot = RefusingButton(
            "Snapshot", "Save what is seen: a picture with a scale bar, and raw and restored TIFFs."
        )
        self.model = ModelChoice()
        self.relock = RefusingButton(
            "Measure brightness anew",
            "Measure again how bright the frames are, after the light or the exposure has changed.",
        )
        self.status = Words(BLANK, "muted")
        self.field = MarkField()
        self.field.hide()
        self._controls: dict[str, RefusingButton | RefusingChoice] = {
            "record": self.record,
            "mark": self.mark,
            "snapshot": self.snapshot,
            "swap": self.model.combo,
            "relock": self.relock,
        }

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.scaled(6))
        for control in (self.record, self.mark, self.snapshot):
            row.addWidget(control)
        row.addSpacing(theme.scaled(8))
        row.addWidget(self.model, 1)
        row.addWidget(self.relock)
        grid = QGridLayout(self)
        margin = theme.scaled(4)
        grid.setContentsMargins(margin, margin, margin, margin)
        grid.setVerticalSpacing(theme.scaled(2))
        grid.addLayout(row, 0, 0)
        grid.addWidget(self.status, 1, 0)
        grid.addWidget(self.field, 2, 0)

    def _hold_width(self) -> None:
        """Keep the record button as wide as its longest words: what is beside it stays put."""
        self.record.setIcon(self._icons["stop"])
        self.record.setText(f"{STOP} 00:00:00")
        self.record.ensurePolished()
        self.record.setMinimumWidth(self.record.sizeHint().width())

    def _connect(self) -> None:
        self.record.wanted.connect(lambda: self.record_wanted.emit(not self._recording))
        self.mark.wanted.connect(self.write_mark)
        self.snapshot.wanted.connect(self.snapshot_wanted)
        self.relock.wanted.connect(self.relock_wanted)
        self.model.wanted.connect(self.model_wanted)
        self.field.sent.connect(self._send_mark)
        self.field.left.connect(self._close_field)
        for key, control in self._controls.items():
            control.refusal.explained.connect(partial(self._explain, key))

    def show_state(
        self,
        telemetry: Telemetry | None,
        models: tuple[str, ...],
        busy: set[str],
        *,
        snapshot_refused: str | None = None,
    ) -> None:
        """Show what a run does, and what may be asked of it.

        Parameters
        ----------
        telemetry : Telemetry or None
            The run; None while none is attached.
        models : tuple of str
            Models that are offered.
        busy : set of str
            What was asked for and is not answered yet: "record", "mark", "swap", "relock".
        snapshot_refused : str or None
            Why no snapshot can be taken; "" where one can, None where it takes a run.
        """
        current = "" if telemetry is None else telemetry.model
        self.model.show_models(current, models, busy="swap" in busy)
        self._recording = telemetry is not None and telemetry.recording
        self._show_recording(telemetry, busy)
        refused = {} if telemetry is None else dict(telemetry.refused)
        if telemetry is None:
            refused = dict.fromkeys(self._controls, NO_RUN)
        if snapshot_refused is not None:
            refused["snapshot"] = snapshot_refused
        refused |= {key: self._busy_words(key) for key in busy}
        for key, control in self._controls.items():
            control.refusal.say(refused.get(key, ""))
        dot = "refused" if self.record.refusal.reason else "stop" if self._recording else "record"
        self.record.setIcon(self._icons[dot])
        self._show_status()

    def say(self, words: str) -> None:
        """Show words below the buttons, such as an answer; "" for none."""
        self._said = words
        self._show_status()

    def write_mark(self) -> None:
        """Ask for the words of a mark, or say why there can be none."""
        if self.mark.refusal.reason:
            self._explain("mark", self.mark.refusal.reason)
            return
        self.field.show()
        self.field.ask()
        self._show_status()

    def _send_mark(self, text: str) -> None:
        if self.mark.refusal.reason:  # the words stay: they can be sent once it is possible
            self._explain("mark", self.mark.refusal.reason)
            return
        self._close_field()
        self.mark_wanted.emit(text)

    def _close_field(self) -> None:
        self.field.hide()
        self.mark.setFocus()
        self._show_status()

    def _show_recording(self, telemetry: Telemetry | None, busy: set[str]) -> None:
        set_style_property(self.record, "recording", "true" if self._recording else "false")
        lasted = None if telemetry is None else telemetry.recorded_s
        words = recording_words(self._recording, lasted)
        if "record" in busy:
            words = "Stopping…" if self._recording else "Starting…"
        self.record.setText(words)
        store = "" if telemetry is None else telemetry.store
        saved = f"Recording to {store}" if self._recording and store else RECORD_TIP
        self.record.refusal.say(self.record.refusal.reason, saved)

    def _busy_words(self, key: str) -> str:
        return self.model.changing if key == "swap" else BUSY.get(key, "under way")

    def _explain(self, key: str, reason: str) -> None:
        self._asked_of = key if reason else ""
        self._show_status()

    def _show_status(self) -> None:
        reason = self._controls[self._asked_of].refusal.reason if self._asked_of else ""
        if reason:
            self.status.say(f"{NAMES[self._asked_of]}: {reason}", "warning")
        else:
            reasons = {key: control.refusal.reason for key, control in self._controls.items()}
            self.status.say(self._said or lasting_words(reasons), "muted")
        self.status.setVisible(self.field.isHidden() or self.status.said != BLANK)
