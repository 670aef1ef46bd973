"""The window and a stream that becomes another: more channels, another part, another run."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)
from pytestqt.qtbot import QtBot

from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.link.requests import OfferRequest, Request
from livecare.viewer.buffer import FrameBuffer
from livecare.viewer.feed.session import Session, Step
from livecare.viewer.seen import SeenFrame
from livecare.viewer.showing_window import ShowingWindow
from livecare.viewer.styles import Levels

SHAPE = (24, 32)
INFO = StreamInfo("run", "made up", SHAPE, "uint16", grows=True)


class MadeUpSession(Session):
    """A session with no run behind it: what is new is put into it."""

    def __init__(self) -> None:
        self.buffer = FrameBuffer()
        self.info = INFO
        self.asked: list[Request] = []

    @property
    def telemetry(self) -> None:
        return None

    def step(self, now_s: float) -> Step:
        del now_s
        return Step((), None, "attached", silent=False, trouble=None, words="", answers=())

    def send(self, request: Request) -> None:
        self.asked.append(request)

    def close(self) -> None:
        pass

    def see(self, info: StreamInfo, *, channel: int, value: int) -> None:
        self.info = info
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


def test_models_are_asked_for_once_for_each_part(
    window: ShowingWindow, tick: Callable[[], None]
) -> None:
    session = session_of(window)
    for _ in range(3):
        tick()
    assert session.asked == [OfferRequest()]
