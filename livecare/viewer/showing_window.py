"""A window that shows what is new thirty times a second; nobody operates it yet."""

import time
from typing import Final

from PySide6.QtCore import QTimer

from livecare.frame import StreamInfo
from livecare.viewer.buffer import whole_run
from livecare.viewer.display.judgement import judged
from livecare.viewer.display.sureness import Tables, tables_of
from livecare.viewer.feed.session import Session, Step
from livecare.viewer.frame_of_window import FrameOfWindow
from livecare.viewer.looks import Looks
from livecare.viewer.measures import Measures
from livecare.viewer.messages import KEYS, lost_frames, messages_of, unrestored_note
from livecare.viewer.operating import Operating
from livecare.viewer.picture.instead import What
from livecare.viewer.playback import Playback
from livecare.viewer.rate import DrawnRate
from livecare.viewer.readout import hover_words
from livecare.viewer.seen import View
from livecare.viewer.styles import ChannelStyle

TICK_MS: Final = 33
"""Time between two looks for new frames, milliseconds: thirty pictures a second are fluent."""
PANELS_S: Final = 0.2
"""Time between two looks at numbers, seconds: faster ones cannot be read."""
CHECK_S: Final = 1.0
"""Time between two looks at what the guards said and two histograms, seconds: they cost some
milliseconds."""
NS_PER_S: Final = 1_000_000_000


class ShowingWindow(FrameOfWindow):
    """Shows one session.

    Parameters
    ----------
    session : Session
        Where frames, telemetry and answers come from.

    Attributes
    ----------
    view : View
        What is shown.
    styles : tuple of ChannelStyle
        How its channels look.
    instead : What
        What stands on the restored side.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.looks, self.playback, self.drawn = Looks(), Playback(), DrawnRate()
        self.measures = Measures(session.buffer.history)
        self.operating = Operating(session.send)
        self.view = View()
        self.styles: tuple[ChannelStyle, ...] = ()
        self.instead: What = "restored"
        self._panels_at_s = self._check_at_s = 0.0
        self._followed: StreamInfo | None = None
        self._step: Step | None = None
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to look for frames."""
        self._timer.start()
        self.picture.setFocus()  # else a space bar would press the first button

    def show_soon(self) -> None:
        """Bring all panels up to date at the next tick."""
        self._panels_at_s = self._check_at_s = 0.0

    def tick(self) -> None:
        """Take what is new and show it; never waits."""
        now_s = time.monotonic()
        step = self._step = self.session.step(now_s)
        self._take_answers(step)
        self._follow_run()
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

    def _take_answers(self, step: Step) -> None:
        for request, answer in step.answers:
            said = self.operating.take(request, answer)
            if said is None:
                continue
            self.banner.clear_message(said.key)  # was it closed: another refusal is said again
            if said.refused:
                self.banner.show_message(said.key, "warning", said.words)
            else:
                self.control.say(said.words)

    def _follow_run(self) -> None:
        """Take note of another run, another part of it, or channels that have been added."""
        info, before = self.session.info, self._followed
        if info is None or info == before:
            return
        self._followed = info
        if before is None or info.channels != before.channels:
            self.contrast.set_channels(info.channels)
            self.measures.pick(self.contrast.picked)
        self.exposure.know_exposure(info.exposure_ms)
        if before is not None and whole_run(info.run_id) != whole_run(before.run_id):
            self.operating.forget()
        if before is None or info.run_id != before.run_id:
            self.measures.begin(info)
            self.operating.ask_for_models()
        if before is None or not _looks_alike(info, before):
            self.looks.restart()

    def _show_frames(self, now_s: float) -> None:
        buffer, info = self.session.buffer, self.session.info
        channels = 1 if info is None else len(info.channels)
        view = buffer.view(self.playback.move(buffer, now_s), channels)
        styles = self.looks.update(view, info)
        if view.channels != self.view.channels:
            self.drawn.note(now_s)
        if view.channels != self.view.channels or styles != self.styles:
            self.picture.set_view(view, self.session.info_of(view), styles)
        changed = (view.channels, view.index, view.count) != (
            self.view.channels,
            self.view.index,
            self.view.count,
        )
        self.view, self.styles = view, styles
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
        for channel, style in enumerate(self.styles):
            self.contrast.set_style(channel, style)
            self.contrast.set_locked(channel, locked=self.looks.locked(channel))
        self.contrast.set_same(same=self.looks.same)
        self._show_curves()
        self._show_readout()

    def _show_messages(self, step: Step) -> None:
        telemetry = self.session.telemetry
        said = messages_of(step, telemetry)
        for key in KEYS:
            if key in said:
                self.banner.show_message(key, *said[key])
            else:
                self.banner.clear_message(key)
        self.banner.show_loss(lost_frames(telemetry), telemetry.run_id if telemetry else "")
        self.picture.set_note(unrestored_note(telemetry if step.state == "attached" else None))

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
        info = self.session.info_of(self.view)
        size_um = None if info is None else info.pixel_size_um
        self.curves.set_profile(*self.measures.profiles(self.view), size_um)
        self.curves.set_trace(self.measures.trace if self.measures.region else None)

    def _show_readout(self) -> None:
        tables = self._tables()
        self.picture.show_instead(self.instead, tables)
        info = self.session.info_of(self.view)
        self.readout.setText(hover_words(self.picture.hover, self.view, info, tables))

    def _tables(self) -> Tables:
        telemetry = self.session.telemetry
        return {} if telemetry is None else tables_of(telemetry.spreads)

    def _show_checks(self) -> None:
        telemetry = self.session.telemetry
        self.trust.show_trust(self.view, judged(self.view, self.session.buffer.history), telemetry)
        if self.sections["contrast"].is_open:
            picked = self.contrast.picked
            self.contrast.set_histograms(picked, self.measures.histograms(self.view))


def _looks_alike(one: StreamInfo, other: StreamInfo) -> bool:
    """Whether frames of both are of one run and one kind, so that one contrast suits them."""
    same_run = whole_run(one.run_id) == whole_run(other.run_id)
    return same_run and (one.shape_yx, one.dtype) == (other.shape_yx, other.dtype)
