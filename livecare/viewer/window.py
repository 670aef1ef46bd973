"""The viewer's window: what an operator can do, and what it does."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from PySide6.QtGui import QCloseEvent

from livecare.errors import LivecareError
from livecare.link.requests import MarkRequest, RecordRequest, RelockRequest
from livecare.viewer.advising import Advising
from livecare.viewer.annotate import annotate
from livecare.viewer.display.trace import Rectangle
from livecare.viewer.feed.session import Session
from livecare.viewer.frame_of_window import Shortcut
from livecare.viewer.layout import keep_layout, restore_layout
from livecare.viewer.measures import Line
from livecare.viewer.panels.exposure import ExposureQuestion
from livecare.viewer.panels.words import Tone
from livecare.viewer.picture.choices import MODES, Tool
from livecare.viewer.picture.instead import What
from livecare.viewer.remembered import Remembered
from livecare.viewer.showing_window import ShowingWindow
from livecare.viewer.snapshot import write_snapshot
from livecare.viewer.styles import ChannelStyle

ADVISING: Final = "thinning the light of the frames that you saw, and restoring them…"
"""What is said while the advisor works."""


class ViewerWindow(ShowingWindow):
    """A window that an operator operates.

    Parameters
    ----------
    session : Session
        Where frames, telemetry and answers come from; closed with the window.
    remembered : Remembered
        The layout of the last time.
    snapshots : Path
        The folder that snapshots and curves are saved in.
    """

    def __init__(self, session: Session, remembered: Remembered, snapshots: Path) -> None:
        super().__init__(session)
        self._remembered, self._snapshots = remembered, snapshots
        self.advising = Advising(snapshots)
        self._connect()
        self.install(self.shortcuts())
        restore_layout(self, self.looks, remembered)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the layout, and let go of the run."""
        self._timer.stop()
        keep_layout(self, self.looks, self._remembered)
        self.advising.close()
        self.session.close()
        super().closeEvent(event)

    def save_snapshot(self) -> None:
        """Write what is shown: picture, raw and restored pixels."""
        now = datetime.now().astimezone()
        self.banner.clear_message("snapshot")  # was it closed: another failure is said again
        try:
            paths = write_snapshot(
                self._snapshots,
                self.view,
                self.styles,
                self.session.info_of(self.view),
                when=now,
                annotate=annotate,
            )
        except LivecareError as error:
            self.banner.show_message("snapshot", "warning", f"No snapshot: {error}")
        else:
            self.control.say(f"Snapshot saved: {paths[0]} and its TIFFs")

    def ask_for_advice(self, question: object) -> None:
        """Ask how far the exposure can drop, for the channel and the region that are measured."""
        kept = self.session.buffer.history(self.measures.channel)
        frames = [frame for pair in kept for frame in pair if frame is not None]
        self.exposure.say(ADVISING, "muted")
        self.exposure.refuse(ADVISING)
        asked = cast("ExposureQuestion", question)
        self.advising.ask(asked, frames, self.measures.region)

    def _show_advice(self, words: str, tone: Tone) -> None:
        self.exposure.refuse("")
        self.exposure.say(words, tone)

    def _choose_instead(self, what: str) -> None:
        self.instead = cast("What", what)
        self.show_soon()

    def _choose_style(self, channel: int, style: object) -> None:
        self.looks.choose(channel, cast("ChannelStyle", style))
        self.show_soon()

    def _choose_lock(self, channel: int, locked: bool) -> None:  # noqa: FBT001 - a slot
        self.looks.lock(channel, locked=locked)
        self.show_soon()

    def _choose_same(self, same: bool) -> None:  # noqa: FBT001 - a slot
        self.looks.same = same
        self.show_soon()

    def _pick_channel(self, channel: int) -> None:
        self.measures.pick(channel)
        self.show_soon()

    def _scrub(self, index: int) -> None:
        self.playback.hold(self.session.buffer, index)

    def _set_loop(self, loop: bool) -> None:  # noqa: FBT001 - a slot
        self.playback.loop = loop

    def _set_speed(self, speed: float) -> None:
        self.playback.speed = speed

    def _toggle_play(self) -> None:
        self.playback.toggle(self.session.buffer)

    def _set_line(self, line: object) -> None:
        self.measures.line = cast("Line | None", line)
        self._show_curves()

    def _set_region(self, region: object) -> None:
        self.measures.measure_region(cast("Rectangle | None", region))
        self._show_curves()

    def _save_curve(self, name: str) -> None:
        folder = self._snapshots
        named = f"livecare-{datetime.now().astimezone():%Y%m%d-%H%M%S}-{name}"
        self.banner.clear_message("curve")  # as above
        try:
            if name == "profile":
                file = self.measures.save_profile(folder, named, self.view)
            else:
                file = self.measures.save_trace(folder, named)
        except LivecareError as error:
            self.banner.show_message("curve", "warning", f"Not saved: {error}")
        else:
            self.control.say(f"Saved: {file}")

    def _connect(self) -> None:
        control, operating = self.control, self.operating
        control.record_wanted.connect(lambda on: operating.ask(RecordRequest(on)))
        control.mark_wanted.connect(lambda text: operating.ask(MarkRequest(text)))
        control.model_wanted.connect(operating.ask_for_model)
        control.relock_wanted.connect(lambda: operating.ask(RelockRequest()))
        control.snapshot_wanted.connect(self.save_snapshot)
        self.ways.mode_wanted.connect(self.choose_mode)
        self.ways.tool_wanted.connect(self.choose_tool)
        self.ways.fit_wanted.connect(self.picture.fit)
        self.ways.actual_wanted.connect(self.picture.actual_size)
        self.ways.panels_wanted.connect(self.show_panels)
        self.ways.help_wanted.connect(self.show_help)
        self.picture.hovered.connect(lambda _: self._show_readout())
        self.picture.line_changed.connect(self._set_line)
        self.picture.region_changed.connect(self._set_region)
        self.time_bar.scrubbed.connect(self._scrub)
        self.time_bar.live_wanted.connect(self.playback.go_live)
        self.time_bar.play_wanted.connect(lambda _: self._toggle_play())
        self.time_bar.loop_wanted.connect(self._set_loop)
        self.time_bar.speed_wanted.connect(self._set_speed)
        self.trust.difference_wanted.connect(
            lambda on: self.choose_mode("difference" if on else "side by side")
        )
        self.trust.instead_wanted.connect(self._choose_instead)
        self.contrast.style_changed.connect(self._choose_style)
        self.contrast.lock_changed.connect(self._choose_lock)
        self.contrast.same_changed.connect(self._choose_same)
        self.contrast.channel_picked.connect(self._pick_channel)
        self.curves.profile_csv_wanted.connect(lambda: self._save_curve("profile"))
        self.exposure.asked.connect(self.ask_for_advice)
        self.advising.answered.connect(lambda words: self._show_advice(words, "plain"))
        self.advising.failed.connect(lambda words: self._show_advice(words, "warning"))
        self.curves.trace_csv_wanted.connect(lambda: self._save_curve("trace"))

    def shortcuts(self) -> tuple[Shortcut, ...]:
        """List what keys do."""
        buffer, playback, picture = self.session.buffer, self.playback, self.picture
        modes = tuple(
            (str(number), words, lambda mode=mode: self.choose_mode(mode))
            for number, (mode, words) in enumerate(
                zip(MODES, ("Side by side", "Wipe", "Blink", "Difference"), strict=True), 1
            )
        )
        return (
            ("Ctrl+R", "Start or stop recording", self.control.record.click),
            ("M", "Mark an event", self.control.write_mark),
            ("Ctrl+S", "Snapshot", self.save_snapshot),
            *modes,
            ("B", "The other side now, while it blinks", picture.toggle_blink_side),
            ("L", "Jump to live", playback.go_live),
            ("P", "Play or pause what is kept", self._toggle_play),
            (",", "One frame back", lambda: playback.step(buffer, -1)),
            (".", "One frame on", lambda: playback.step(buffer, 1)),
            ("F", "Whole frame", picture.fit),
            ("0", "One camera pixel per screen pixel", picture.actual_size),
            ("+", "Zoom in", lambda: picture.zoom_by(1.25)),
            ("-", "Zoom out", lambda: picture.zoom_by(0.8)),
            ("I", "Line", lambda: self._toggle_tool("line")),
            ("R", "Region", lambda: self._toggle_tool("region")),
            ("C", "Lock the contrast, or let it follow", self._toggle_lock),
            ("W", "Mark saturated pixels and zeros", self._toggle_warnings),
            ("S", "Show or hide the panels", lambda: self.show_panels(self.column.isHidden())),
            ("F11", "Full screen", self._toggle_full_screen),
            ("H or F1 or ?", "This list", self.show_help),
        )

    def _toggle_tool(self, tool: Tool) -> None:
        self.choose_tool("none" if self.picture.tool == tool else tool)

    def _toggle_lock(self) -> None:
        locked = self.looks.locked(self.contrast.picked)
        for channel in range(max(1, len(self.styles))):
            self._choose_lock(channel, not locked)

    def _toggle_warnings(self) -> None:
        on = not self.looks.style(self.contrast.picked).warnings
        for channel in range(max(1, len(self.styles))):
            self._choose_style(channel, replace(self.looks.style(channel), warnings=on))

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def show_help(self) -> None:
        """List the shortcuts."""
        if self.help is not None:
            self.help.open()
