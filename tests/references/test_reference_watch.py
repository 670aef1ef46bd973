"""Which readings reference frames give, in the order in which they come."""

import numpy as np
import pytest
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.frame import GuardReading, Position, StreamInfo
from livecare.guards import GUARDS
from livecare.models.anscombe import CameraNoise
from livecare.references import ReferenceStream, ReferenceWatch
from livecare.references.watch import ERROR, FIRST, LIKENESS, MOST, factors
from livecare.simulation import SPECIMENS, Camera, Optics, Specimen

CAMERA = Camera(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6, bit_depth=16)
NOISE = CameraNoise(2.0, 100.0, 1.6)
CHANNEL = 1
PHOTONS = np.asarray(
    Specimen(SPECIMENS["mixed"], Optics(), (96, 96), np.random.default_rng(2)).render(0.0) * 40 + 2,
    np.float32,
)

Readings = dict[str, GuardReading]


def restored(error: float, t: int) -> NDArray[np.float32]:
    rough = np.random.default_rng(t).normal(size=PHOTONS.shape) * error
    return CAMERA.expected_adu(np.asarray(PHOTONS + rough, np.float32))


def reference(t: int, light: float = 10.0) -> NDArray[np.generic]:
    return CAMERA.expose(np.float32(light) * PHOTONS, np.random.default_rng(100 + t))


def judge(watch: ReferenceWatch, t: int, error: float, *, z: int = 0) -> Readings:
    watch.remember(Position(t=t, z=z), restored(error, t))
    return watch.judge(Position(t=t, c=CHANNEL, z=z), reference(t), NOISE)


def alarms(readings: Readings) -> set[str]:
    return {name for name, reading in readings.items() if reading.alarm}


def test_the_first_say_what_is_usual_and_an_error_that_grows_alarms() -> None:
    watch = ReferenceWatch(CHANNEL, 10.0)
    first = [judge(watch, t, 1.0) for t in range(FIRST)]
    assert all(each[ERROR].threshold == each[LIKENESS].threshold == MOST for each in first)
    usual = float(np.median([each[ERROR].value for each in first]))
    same = judge(watch, 10, 1.0)
    assert same[ERROR].threshold == pytest.approx(factors()[ERROR] * usual)
    assert alarms(same) == set()
    assert alarms(judge(watch, 11, 2.0)) == {ERROR, LIKENESS}
    assert alarms(judge(watch, 12, 1.0)) == set(), "those that came later change nothing"


def test_each_plane_has_its_own_first() -> None:
    watch = ReferenceWatch(CHANNEL, 10.0)
    for t in range(FIRST):
        judge(watch, t, 1.0)
        judge(watch, t, 3.0, z=1)
    assert alarms(judge(watch, 9, 3.0, z=1)) == set()
    assert ERROR in alarms(judge(watch, 9, 3.0, z=0))


@pytest.mark.parametrize("before", [None, Position(t=4), Position(t=5, z=1), Position(t=5, p=1)])
def test_only_the_frame_just_before_is_compared(before: Position | None) -> None:
    watch = ReferenceWatch(CHANNEL, 10.0)
    if before is not None:
        watch.remember(before, restored(1.0, 0))
    assert watch.judge(Position(t=5, c=CHANNEL), reference(5), NOISE) == {}


def test_what_was_remembered_is_a_copy() -> None:
    watch = ReferenceWatch(CHANNEL, 10.0)
    frame = restored(1.0, 0)
    watch.remember(Position(t=0), frame)
    frame[:] = 0
    found = watch.judge(Position(t=0, c=CHANNEL), reference(0), NOISE)
    assert found[ERROR].value < 0.5


def test_a_specimen_that_moved_gives_no_reading() -> None:
    watch = ReferenceWatch(CHANNEL, 10.0)
    watch.remember(Position(t=0), restored(1.0, 0))
    moved = np.roll(reference(0), 14, 1)
    assert watch.judge(Position(t=0, c=CHANNEL), moved, NOISE) == {}


def test_guards_have_words_for_both_readings() -> None:
    for name in (ERROR, LIKENESS):
        guard = GUARDS[name]
        for value in (0.1, 0.4):
            words = guard.sentence(GuardReading(value, 0.2))
            assert f"{value:.3g}" in words
        assert "docs/references.md" in guard.cure


@pytest.mark.parametrize("channels", [("reference",), ("a", "b")])
def test_a_stream_of_which_references_could_not_say_what_they_show(
    channels: tuple[str, ...],
) -> None:
    info = StreamInfo(run_id="r", source="s", shape_yx=(64, 64), dtype="uint16", channels=channels)
    with pytest.raises(ConfigError, match="single channel of another name"):
        ReferenceStream(1, 10, 5.0).add_to(info)


def test_a_stream_says_that_references_come_and_how_many() -> None:
    info = StreamInfo(run_id="r", source="s", shape_yx=(64, 64), dtype="uint16", expected_frames=25)
    assert ReferenceStream.of(info) is None
    described = ReferenceStream(1, 10, 5.0).add_to(info)
    assert (described.channels, described.expected_frames) == (("channel 0", "reference"), 27)
    assert ReferenceStream.of(described) == ReferenceStream(1, 10, 5.0)
