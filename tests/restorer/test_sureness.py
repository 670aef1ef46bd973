"""A frame is restored a second time now and then, and the model's predicted errors are told."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from livecare.errors import EngineError
from livecare.frame import FrameHeader, Pixels, Position
from livecare.link import Report, SpreadMeasured
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.restorer.sureness import (
    EVERY_FRAMES,
    EVERY_S,
    MOST_PUT_OFF,
    MOST_SHARE,
    PATIENCE_S,
    Sureness,
)

UNITS = NoiseUnits(CameraNoise(1.0))
RAW = np.arange(400, dtype=np.uint16).reshape(20, 20)


class Engine:
    """Predicts an error of a tenth of each value, and takes its time."""

    def __init__(self, takes_s: float = 0.0, *, able: bool = True) -> None:
        self.now_s, self.asked = 0.0, 0
        self._takes_s, self._able = takes_s, able

    def infer(
        self, batch: Pixels, restored: Pixels, normalisations: Sequence[object], spread: Pixels
    ) -> None:
        assert len(batch) == len(normalisations) == 1
        self.asked += 1
        self.now_s += self._takes_s
        if not self._able:
            raise EngineError("this one cannot")
        restored[:] = batch
        spread[:] = batch / 10


class Scene:
    def __init__(self, engine: Engine) -> None:
        self.engine, self.said = engine, list[SpreadMeasured]()
        known: Any = engine
        self.sureness = Sureness(known, self._hear, lambda: engine.now_s)

    def _hear(self, report: Report) -> None:
        self.said.append(cast("SpreadMeasured", report))

    def show(
        self, seconds: float, channel: int = 0, every_s: float = 0.01, *, examined: bool = False
    ) -> None:
        """Show a frame every hundredth of a second."""
        until = self.engine.now_s + seconds
        while self.engine.now_s < until - 1e-9:
            header = FrameHeader(0, Position(0, c=channel), RAW.shape, "uint16", 0)
            self.sureness.look(header, RAW, UNITS, examined=examined)
            self.engine.now_s += every_s


def test_the_table_is_what_the_model_predicts() -> None:
    scene = Scene(Engine())
    scene.show(0.01, channel=3)
    [said] = scene.said
    assert said.channel == 3
    for level, spread in zip(said.levels, said.spreads[1:], strict=True):
        assert 0.9 * level / 10 <= np.median(spread) <= 1.6 * level / 10 + 4


def test_it_is_asked_now_and_then_and_each_channel_by_itself() -> None:
    scene = Scene(Engine())
    scene.show(5 * EVERY_S)
    assert scene.engine.asked == 5
    scene.show(0.01, channel=1)
    assert scene.engine.asked == 6


@pytest.mark.parametrize(
    ("every_s", "asked_every_s"),
    [(0.01, EVERY_S), (1 / 30, EVERY_FRAMES / 30), (0.5, PATIENCE_S)],
)
def test_frames_that_come_fast_are_seldom_restored_twice(
    every_s: float, asked_every_s: float
) -> None:
    """But for a camera so slow that there is time between its frames."""
    scene = Scene(Engine())
    scene.show(6 * asked_every_s - every_s, every_s=every_s)
    assert scene.engine.asked == 6


def test_a_frame_that_guards_have_examined_is_not_made_later_still() -> None:
    scene = Scene(Engine())
    scene.show(0.02, examined=True)
    assert scene.engine.asked == 0
    scene.show(0.01)
    assert scene.engine.asked == 1


def test_frames_that_are_all_examined_are_measured_all_the_same() -> None:
    scene = Scene(Engine())
    scene.show(0.01 * (MOST_PUT_OFF + 1), examined=True)
    assert scene.engine.asked == 1


def test_a_slow_engine_is_asked_more_rarely() -> None:
    scene = Scene(Engine(takes_s=1.0))
    scene.show(200.0)
    assert scene.engine.asked <= 200 * MOST_SHARE + 1


def test_one_that_cannot_is_asked_once() -> None:
    scene = Scene(Engine(able=False))
    scene.show(5 * EVERY_S)
    assert (scene.engine.asked, scene.said) == (1, [])


def test_a_line_of_pixels_ends_no_restorer() -> None:
    scene = Scene(Engine())
    header = FrameHeader(0, Position(0), (1, 512), "uint16", 0)
    for _ in range(3):
        scene.sureness.look(header, np.ones((1, 512), np.uint16), UNITS)
    assert (scene.engine.asked, scene.said) == (1, [])


def test_channels_share_the_time_that_it_may_take() -> None:
    scene = Scene(Engine(takes_s=1.0))
    for _ in range(100):
        for channel in range(4):
            scene.show(0.5, channel)
    assert scene.engine.asked <= scene.engine.now_s * MOST_SHARE + 8
