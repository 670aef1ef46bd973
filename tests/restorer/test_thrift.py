"""The photon factor of a live stream, from a simulated camera whose truth is known."""

import math
from typing import cast

import numpy as np
import pytest

from livecare.frame import FrameHeader, Pixels, Position
from livecare.link import PhotonFactor, Report
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalise import IntensityWindow
from livecare.restorer.thrift import EVERY_S, SIDE, Thrift

CAMERA = CameraNoise(2.0, 100.0, 1.0)
LIGHT_E = 10.0
SHAPE = (SIDE + 40, SIDE + 9)


class Stream:
    """Frames of an even field at a steady rate, and what is said of them."""

    def __init__(self, rate_hz: float = 20.0) -> None:
        self.said: list[PhotonFactor] = []
        self.now_s = 0.0
        self._interval_s = 1 / rate_hz
        self._random = np.random.default_rng(1)
        self.thrift = Thrift(self._hear, lambda: self.now_s)

    def _hear(self, report: Report) -> None:
        self.said.append(cast("PhotonFactor", report))

    def raw(self) -> Pixels:
        electrons = self._random.poisson(LIGHT_E, SHAPE) + self._random.normal(0, 1.0, SHAPE)
        counts: Pixels = np.round(100 + 2.0 * electrons).clip(0).astype(np.uint16)
        return counts

    def show(self, frames: int, error_e: float, position: Position | None = None) -> None:
        """Show frames that were restored with this standard error, electrons."""
        for _ in range(frames):
            self.now_s += self._interval_s
            restored = 100 + 2.0 * (LIGHT_E + self._random.normal(0, error_e, SHAPE))
            header = FrameHeader(0, position or Position(0), SHAPE, "uint16", 0)
            made = restored.astype(np.float32)
            self.thrift.look(header, self.raw(), made, NoiseUnits(CAMERA))


@pytest.mark.parametrize("error_e", [0.5, 1.0, 2.0])
def test_it_is_what_the_errors_say(error_e: float) -> None:
    stream = Stream()
    stream.show(60, error_e)
    # at k times the exposure raw frames have the error light / k + read noise² / k²
    square = error_e**2
    expected = (LIGHT_E + math.sqrt(LIGHT_E**2 + 4 * square)) / (2 * square)
    assert stream.said[-1].factor == pytest.approx(expected, rel=0.05)
    assert stream.said[-1].channel == 0


def test_only_some_frames_are_looked_at() -> None:
    stream = Stream(rate_hz=20 / EVERY_S)
    stream.show(61, 1.0)
    assert len(stream.said) == 3


def test_frames_of_another_plane_are_no_successors() -> None:
    stream = Stream()
    for z in range(8):
        stream.show(1, 1.0, Position(0, z=z))
    assert stream.said == []


def test_channels_are_apart_and_frames_in_windows_say_nothing() -> None:
    stream = Stream()
    stream.show(40, 0.5, Position(0, c=0))
    stream.show(40, 2.0, Position(0, c=2))
    last = {each.channel: each.factor for each in stream.said}
    assert last[0] > 5 * last[2]
    said = len(stream.said)
    header = FrameHeader(0, Position(0), SHAPE, "uint16", 0)
    for _ in range(10):
        stream.now_s += 1.0
        stream.thrift.look(header, stream.raw(), stream.raw(), IntensityWindow(0.0, 1.0))
    assert len(stream.said) == said


def test_a_specimen_that_moves_says_nothing() -> None:
    stream = Stream()
    light = np.zeros(SHAPE)
    light[::8] = 200.0
    for number in range(40):
        stream.now_s += EVERY_S
        moved = np.roll(light, number, axis=0) + LIGHT_E
        raw = np.round(100 + 2.0 * stream._random.poisson(moved)).astype(np.uint16)
        restored = (100 + 2.0 * moved).astype(np.float32)
        header = FrameHeader(number, Position(number), SHAPE, "uint16", 0)
        stream.thrift.look(header, raw, restored, NoiseUnits(CAMERA))
    assert stream.said == []
