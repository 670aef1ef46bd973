"""The viewer's window: takes what is new thirty times a second, and shows it."""

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent

from livecare.errors import LivecareError
from livecare.link.control import MarkRequest, RecordRequest, RelockRequest
from livecare.viewer.annotate import annotate
from livecare.viewer.feed.session import Session, Step
from livecare.viewer.frame_of_window import FrameOfWindow, Shortcut
from livecare.viewer.looks import Looks
from livecare.viewer.measures import Measures
from livecare.viewer.operating import Operating
from livecare.viewer.picture.choices import MODES, Mode, Tool
from livecare.viewer.playback import Playback
from livecare.viewer.rate import DrawnRate
from livecare.viewer.readout import hover_words
from livecare.viewer.remembered import Remembered
from livecare.viewer.seen import View
from livecare.viewer.snapshot import write_snapshot
from livecare.viewer.styles import ChannelStyle

TICK_MS: Final = 33
"""Time between two looks for new frames, milliseconds: thirty pictures a second are fluent."""
PANELS_S: Final = 0.2
"""Time between two looks at numbers, seconds: faster ones cannot be read."""
CHECK_S: Final = 1.0
"""Time between two checks of the noise and two histograms, seconds: they cost some milliseconds."""
LEAST_DISK_MINUTES: Final = 10.0
"""Room on the disk below which a person is warned, minutes: time to find another disk."""
NS_PER_S: Final = 1_000_000_000


class ViewerWindow(FrameOfWindow):
    """Shows one session.

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
        super().__init__()
        self.session, self._remembered, self._snapshots = session, remembered, snapshots
        self.looks, self.playback, self.drawn = Looks(), Playback(), DrawnRate()
        self.measures = Measures(session.buffer.history)
        self.operating = Operating(session.send)
        self.view = View()
        self._styles: tuple[ChannelStyle, ...] = ()
        self._panels_at_s = self._check_at_s = 0.0
        self._run_id = ""
        self._step: Step | None = None
        self._connect()
        self.install(self._shortcuts())
        self._restore_layout()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to look for frames."""
        self._timer.start()
        self.picture.setFocus()  # else a space bar would press the first button

    def tick(self) -> None:
        """Take what is new and show it; never waits."""
        now_s = time.monotonic()
        step = self._step = self.session.step(now_s)
        self._take_answers(step)
        self._follow_run(step)
        self.measures.add(step.frames)
        self._show_frames(now_s)
        if now_s - self._panels_at_s >= PANELS_S:
            self._panels_at_s = now_s
            self._show_panels(step, now_s)
        if now_s - self._check_at_s >= CHECK_S:
            self._check_at_s = now_s
            self._show_checks()

    def fail(self, words: str) -> None:
        """Say that something went wrong in the viewer itself; it goes on."""
        self.banner.show_message("viewer", "warning", words)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the layout, and let go of the run."""
        self._timer.stop()
        self._keep_layout()
        self.session.close()
        super().closeEvent(event)

    def choose_mode(self, mode: Mode) -> None:
        """Compare in another way."""
        self.picture.set_mode(mode)
        self.ways.show_mode(mode)
        self.trust.set_difference(shown=mode == "difference")

    def choose_tool(self, tool: Tool) -> None:
        """Take another tool; what it measures is shown below the picture."""
        self.picture.set_tool(tool)
        self.ways.show_tool(tool)
        if tool != "none":
            self.curves_section.set_open(is_open=True)

    def show_panels(self, shown: bool) -> None:  # noqa: FBT001 - a slot
        """Show or hide the panels at the side."""
        self.column.setVisible(shown)
        self.ways.show_panels(shown=shown)

    def save_snapshot(self) -> None:
        """Write what is shown: picture, raw and restored pixels."""
        now = datetime.now().astimezone()
        try:
            paths = write_snapshot(
                self._snapshots,
                self.view,
                self._styles,
                self.session.info,
                when=now,
                annotate=annotate,
            )
        except LivecareError as error:
            self.banner.show_message("snapshot", "warning", f"No snapshot: {error}")
        else:
            self.control.say(f"Snapshot saved: {paths[0]} and its TIFFs")

    def _take_answers(self, step: Step) -> None:
        for request, answer in step.answers:
            said = self.operating.take(request, answer)
            if said is None:
                continue
            if said.refused:
                self.banner.show_message(said.key, "warning", said.words)
            else:
                self.banner.clear_message(said.key)
                self.control.say(said.words)

    def _follow_run(self, step: Step) -> None:
        info = self.session.info
        if info is not None and info.run_id != self._run_id:
            self._run_id = info.run_id
            self.measures.begin(info)
            self.looks.restart()
            self.contrast.set_channels(info.channels)
            self.operating.ask_for_models()
        del step

    def _show_frames(self, now_s: float) -> None:
        buffer, info = self.session.buffer, self.session.info
        channels = 1 if info is None else len(info.channels)
        view = buffer.view(self.playback.move(buffer, now_s), channels)
        styles = self.looks.update(view, info)
        if view.channels != self.view.channels:
            self.drawn.note(now_s)
        if view.channels != self.view.channels or styles != self._styles:
            self.picture.set_view(view, info, styles)
        changed = (view.channels, view.index, view.count) != (
            self.view.channels,
            self.view.index,
            self.view.count,
        )
        self.view, self._styles = view, styles
        if changed:
            self._show_time()

    def _show_panels(self, step: Step, now_s: float) -> None:
        telemetry = self.session.telemetry if step.state == "attached" else None
        refused = "" if self.view.count else "no frame has come yet"
        self.control.show_state(
            telemetry, self.operating.models, self.operating.busy, snapshot_refused=refused
        )
        words = step.words if telemetry is None or step.silent else ""
        self.health.show_state(telemetry, self.drawn.hz(now_s), words)
        self._show_messages(step)
        self._show_time()
        for channel, style in enumerate(self._styles):
            self.contrast.set_style(channel, style)
            self.contrast.set_locked(channel, locked=self.looks.locked(channel))
        self.contrast.set_same(same=self.looks.same)
        self._show_curves()
        self._show_readout()

    def _show_messages(self, step: Step) -> None:
        telemetry = self.session.telemetry
        if step.silent:
            self.banner.show_message("silent", "warning", step.words)
        else:
            self.banner.clear_message("silent")
        if step.state == "ended" and telemetry is not None and telemetry.store:
            self.banner.show_message("ended", "note", f"Recorded: {telemetry.store}")
        else:
            self.banner.clear_message("ended")
        if telemetry is None:
            return
        recording = telemetry.recording
        self.banner.show_loss(telemetry.ledger.lost if recording else 0)
        minutes = telemetry.free_minutes
        if recording and minutes is not None and minutes < LEAST_DISK_MINUTES:
            self.banner.show_message("disk", "warning", f"The disk is full in {minutes:.0f} min.")
        else:
            self.banner.clear_message("disk")

    def _show_time(self) -> None:
        view = self.view
        self.time_bar.set_extent(view.count, view.index, live=view.live)
        self.time_bar.set_playing(playing=self.playback.playing)
        ended = self._step is not None and self._step.state == "ended"
        if ended and view.live and view.count:
            self.time_bar.badge.show_following("ended")
        shown, newest = self._shown_ns(view), self._shown_ns(self.session.buffer.view(None, 1))
        behind_s = None if shown is None or newest is None else (newest[0] - shown[0]) / NS_PER_S
        self.time_bar.set_time(behind_s, None if shown is None else shown[1])

    @staticmethod
    def _shown_ns(view: View) -> tuple[int, int] | None:
        """Return when the frame that is shown arrived, ns, and its number."""
        for channel in view.channels:
            frame = channel.raw or channel.restored
            if frame is not None:
                return frame.header.received_ns, frame.header.sequence
        return None

    def _show_curves(self) -> None:
        if not self.curves_section.is_open:
            return
        info = self.session.info
        size_um = None if info is None else info.pixel_size_um
        self.curves.set_profile(*self.measures.profiles(self.view), size_um)
        self.curves.set_trace(self.measures.trace if self.measures.region else None)

    def _show_readout(self) -> None:
        words = hover_words(self.picture.hover, self.view, self.session.info)
        self.readout.setText(words)

    def _show_checks(self) -> None:
        telemetry = self.session.telemetry
        self.trust.show_trust(self.view, self.measures.check(self.view), telemetry)
        if self.sections["contrast"].is_open:
            picked = self.contrast.picked
            self.contrast.set_histograms(picked, self.measures.histograms(self.view))

    def _choose_style(self, channel: int, style: object) -> None:
        self.looks.choose(channel, cast("ChannelStyle", style))
        self._panels_at_s = 0.0

    def _choose_lock(self, channel: int, locked: bool) -> None:  # noqa: FBT001 - a slot
        self.looks.lock(channel, locked=locked)
        self._panels_at_s = 0.0

    def _choose_same(self, same: bool) -> None:  # noqa: FBT001 - a slot
        self.looks.same = same
        self._panels_at_s = 0.0

    def _pick_channel(self, channel: int) -> None:
        self.measures.pick(channel)
        self._check_at_s = 0.0

    def _scrub(self, index: int) -> None:
        self.playback.hold(self.session.buffer, index)

    def _set_loop(self, loop: bool) -> None:  # noqa: FBT001 - a slot
        self.playback.loop = loop

    def _set_speed(self, speed: float) -> None:
        self.playback.speed = speed

    def _toggle_play(self) -> None:
        self.playback.toggle(self.session.buffer)

    def _set_line(self, line: object) -> None:
        self.measures.line = cast("tuple[tuple[int, int], tuple[int, int]] | None", line)
        self._show_curves()

    def _set_region(self, region: object) -> None:
        self.measures.measure_region(cast("tuple[int, int, int, int] | None", region))
        self._show_curves()

    def _save_curve(self, name: str) -> None:
        file = self._snapshots / f"livecare-{datetime.now().astimezone():%Y%m%d-%H%M%S}-{name}.csv"
        try:
            if name == "profile":
                self.measures.save_profile(file, self.view)
            else:
                self.measures.save_trace(file)
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
        self.contrast.style_changed.connect(self._choose_style)
        self.contrast.lock_changed.connect(self._choose_lock)
        self.contrast.same_changed.connect(self._choose_same)
        self.contrast.channel_picked.connect(self._pick_channel)
        self.curves.profile_csv_wanted.connect(lambda: self._save_curve("profile"))
        self.curves.trace_csv_wanted.connect(lambda: self._save_curve("trace"))

    def _shortcuts(self) -> tuple[Shortcut, ...]:
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
        for channel in range(max(1, len(self._styles))):
            self._choose_lock(channel, not locked)

    def _toggle_warnings(self) -> None:
        on = not self.looks.style(self.contrast.picked).warnings
        for channel in range(max(1, len(self._styles))):
            self._choose_style(channel, replace(self.looks.style(channel), warnings=on))

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def show_help(self) -> None:
        """List the shortcuts."""
        if self.help is not None:
            self.help.open()

    def _restore_layout(self) -> None:
        kept = self._remembered
        self.resize(1280, 800)
        if (shape := kept.shape("window")) is not None:
            self.restoreGeometry(shape)
        if (shape := kept.shape("rows")) is not None:
            self.rows.restoreState(shape)
        self.choose_mode(cast("Mode", kept.word("mode", MODES, "side by side")))
        self.show_panels(kept.flag("panels", usual=True))
        self.curves_section.set_open(is_open=kept.flag("curves", usual=False))
        for name, section in self.sections.items():
            section.set_open(is_open=kept.flag(name, usual=name != "contrast"))
        self.looks.same = kept.flag("same contrast", usual=True)

    def _keep_layout(self) -> None:
        kept = self._remembered
        kept.keep_shape("window", self.saveGeometry())
        kept.keep_shape("rows", self.rows.saveState())
        kept.keep_word("mode", self.picture.mode)
        kept.keep_flag("panels", on=not self.column.isHidden())
        kept.keep_flag("curves", on=self.curves_section.is_open)
        for name, section in self.sections.items():
            kept.keep_flag(name, on=section.is_open)
        kept.keep_flag("same contrast", on=self.looks.same)
