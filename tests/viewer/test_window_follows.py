"""The window and a stream that becomes another: more channels, another part, another run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)
from panel_samples import telemetry
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from livecare.frame import FrameHeader, Ledger, Position, StreamInfo
from livecare.link.requests import (
    Answer,
    Done,
    Offer,
    OfferRequest,
    RecordRequest,
    Refused,
    Request,
)
from livecare.link.telemetry import Telemetry
from livecare.viewer.buffer import FrameBuffer
from livecare.viewer.feed.session import Session, Step
from livecare.viewer.remembered import Remembered
from livecare.viewer.seen import SeenFrame
from livecare.viewer.showing_window import ShowingWindow
from livecare.viewer.styles import Levels
from livecare.viewer.window import ViewerWindow

SHAPE = (24, 32)
INFO = StreamInfo("run", "made up", SHAPE, "uint16", grows=True)


class MadeUpSession(Session):
    """A session with no run behind it: what is new is put into it."""

    def __init__(self) -> None:
        self.buffer = FrameBuffer()
        self.info = INFO
        self._told: dict[str, StreamInfo] = {}
        self.asked: list[Request] = []
        self.said: Telemetry | None = None
        self.answers: list[tuple[Request, Answer]] = []

    @property
    def telemetry(self) -> Telemetry | None:
        return self.said

    def step(self, now_s: float) -> Step:
        del now_s
        answers, self.answers = tuple(self.answers), []
        return Step((), None, "attached", silent=False, trouble=None, words="", answers=answers)

    def send(self, request: Request) -> None:
        self.asked.append(request)

    def close(self) -> None:
        pass

    def see(self, info: StreamInfo, *, channel: int, value: int) -> None:
        self.info = self._told[info.run_id] = info
        header = FrameHeader(channel, Position(0, channel), SHAPE, "uint16", 10**9 + value)
        pixels = value + np.arange(24 * 32, dtype=np.uint16).reshape(SHAPE)
        self.buffer.add(SeenFrame(info.run_id, header, pixels))


@pytest.fixture
def window(qtbot: QtBot) -> ShowingWindow:
    shown = ShowingWindow(MadeUpSession())
    qtbot.addWidget(shown)
    return shown


@pytest.fixture
def tick(window: ShowingWindow) -> Callable[[], None]:
    def act() -> None:
        window.show_soon()
        window.tick()

    return act


def session_of(window: ShowingWindow) -> MadeUpSession:
    assert isinstance(window.session, MadeUpSession)
    return window.session


def test_channels_that_nobody_announced_get_a_row_each(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session = session_of(window)
    session.see(INFO, channel=0, value=10)
    tick()
    assert len(window.contrast.rows) == 1
    session.see(replace(INFO, channels=("channel 0", "GFP")), channel=1, value=20)
    tick()
    assert len(window.contrast.rows) == 2
    assert [style.colour for style in window.styles] == ["magenta", "green"]


def test_what_is_measured_is_a_channel_that_the_run_has(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session = session_of(window)
    session.see(replace(INFO, channels=("DAPI", "GFP")), channel=1, value=20)
    tick()
    window.contrast.channel_picked.connect(window.measures.pick)
    window.contrast.rows[1].name.click()
    assert window.measures.channel == 1
    session.see(replace(INFO, run_id="other"), channel=0, value=10)
    tick()
    assert (window.contrast.picked, window.measures.channel) == (0, 0)


def test_a_run_that_one_looks_back_into_is_measured_with_its_own_pixels(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session, picture = session_of(window), window.picture
    session.see(replace(INFO, pixel_size_um=0.25), channel=0, value=10)
    session.see(replace(INFO, run_id="other", pixel_size_um=0.5), channel=0, value=20)
    tick()
    assert picture._info is not None
    assert picture._info.pixel_size_um == 0.5
    window.playback.hold(session.buffer, 0)
    tick()
    assert picture._info.pixel_size_um == 0.25


def close_message(window: ShowingWindow) -> None:
    buttons = window.banner.findChildren(QPushButton)
    [button] = (each for each in buttons if each.isVisibleTo(window.banner))
    button.click()


def test_a_refusal_is_said_again_although_its_message_was_closed(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    for _ in range(2):
        session_of(window).answers = [(RecordRequest(on=True), Refused("no room"))]
        tick()
        assert window.banner.texts == ["Recording was not switched: no room"]
        close_message(window)
        assert window.banner.texts == []


@pytest.mark.parametrize("what", ["snapshot", "curve"])
def test_what_cannot_be_saved_is_said_each_time(qtbot: QtBot, tmp_path: Path, what: str) -> None:
    taken = tmp_path / "taken"
    taken.write_text("here")
    window = ViewerWindow(MadeUpSession(), Remembered(tmp_path / "viewer.ini"), taken)
    qtbot.addWidget(window)
    session_of(window).see(INFO, channel=0, value=10)
    window.measures.line = ((0, 0), (5, 5))
    window.tick()
    for _ in range(2):
        window.save_snapshot() if what == "snapshot" else window._save_curve("profile")
        [words] = window.banner.texts
        assert words.startswith("No snapshot: " if what == "snapshot" else "Not saved: ")
        close_message(window)
    window.banner.show_message(what, "warning", "of before")
    window._snapshots = tmp_path
    window.save_snapshot() if what == "snapshot" else window._save_curve("profile")
    assert window.banner.texts == [], "what was saved is not said to be unsaved"


def test_a_switch_of_the_recording_leaves_the_contrast_as_it_was(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session = session_of(window)
    session.see(INFO, channel=0, value=10)
    tick()
    before = window.styles[0].raw
    session.see(replace(INFO, run_id="run.1"), channel=0, value=5000)
    tick()
    assert window.styles[0].raw == before, "one bright frame moves nothing"
    session.see(replace(INFO, run_id="other"), channel=0, value=5000)
    tick()
    assert window.styles[0].raw.low > 4000 > before.high
    assert window.styles[0].raw != Levels(0.0, 1.0)


def test_another_run_need_not_answer_what_its_forerunner_was_asked(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session, operating = session_of(window), window.operating
    tick()
    begin = RecordRequest(True)
    operating.ask(begin)
    session.see(replace(INFO, run_id="run.1"), channel=0, value=10)
    tick()
    assert operating.busy == {"record"}, "another part is of the same run"
    session.see(replace(INFO, run_id="other"), channel=0, value=10)
    tick()
    assert operating.busy == set()
    offered, asked_again = (each for each in session.asked if isinstance(each, OfferRequest))
    again = RecordRequest(True)
    operating.ask(again)
    operating.take(begin, Done("recording into a.ome.zarr"))
    operating.take(offered, Offer(("of the former run",)))
    assert (operating.busy, operating.models) == ({"record"}, ()), "late answers change nothing"
    operating.take(again, Done("recording into b.ome.zarr"))
    operating.take(asked_again, Offer(("its own",)))
    assert (operating.busy, operating.models) == (set(), ("its own",))


def test_names_of_channels_are_no_html(window: ShowingWindow, tick: Callable[[], None]) -> None:
    tick()
    assert window.readout.textFormat() == Qt.TextFormat.PlainText


def test_losses_are_told_apart_by_the_part_that_says_them(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session = session_of(window)
    session.said = telemetry(run_id="run", ledger=Ledger(lost=3))
    tick()
    window.banner.note_loss()
    assert window.banner.texts == ["3 frames lost"]
    session.said = telemetry(run_id="run.1", ledger=Ledger(lost=3))
    tick()
    assert window.banner.texts == ["3 FRAMES LOST — the recording is incomplete."]


def test_models_are_asked_for_once_for_each_part(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session = session_of(window)
    for _ in range(3):
        tick()
    assert session.asked == [OfferRequest()]
