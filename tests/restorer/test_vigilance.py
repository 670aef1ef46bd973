"""What the guards find is said after enough frames, and live frames are withheld where wanted."""

from typing import Any, ClassVar, cast

import numpy as np
import pytest

from livecare.frame import AlarmPolicy, FrameHeader, GuardReading, Pixels, Position
from livecare.guards import GUARDS
from livecare.link import Alarmed, GuardSpec, Report
from livecare.models.normalise import IntensityWindow
from livecare.restorer import vigilance
from livecare.restorer.vigilance import DONE, MOST_PLACES, Vigilance

AFTER = 3
WINDOW = IntensityWindow(0.0, 255.0)
FINE = np.full((64, 64), 100, np.uint8)
GLARING = np.full((64, 64), 255, np.uint8)


@pytest.fixture(autouse=True)
def no_frame_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vigilance, "OUT_OF", (2, 2))


class Nobody:
    """A model that says nothing of what it has learnt from."""

    folder = "nowhere"
    trust: ClassVar[dict[str, Any]] = {}


class Watch:
    """Vigilance, and what it says."""

    def __init__(self, policy: AlarmPolicy = "warn", saturation_adu: float | None = None) -> None:
        self.said: list[Alarmed] = []
        model: Any = Nobody()
        spec = GuardSpec(policy, AFTER, saturation_adu=saturation_adu)
        self.vigilance = Vigilance(spec, model, self._hear)

    def _hear(self, report: Report) -> None:
        self.said.append(cast("Alarmed", report))

    def look(self, *frames: Pixels, place: Position | None = None) -> dict[str, GuardReading]:
        found: dict[str, GuardReading] = {}
        for number, frame in enumerate(frames):
            header = FrameHeader(number, place or Position(number), frame.shape, "uint8", 0)
            found = self.vigilance.examine(header, frame, frame, WINDOW)
        return found


def test_one_frame_is_no_alarm_and_as_many_as_wanted_are_one() -> None:
    watch = Watch()
    assert watch.look(GLARING, GLARING)["saturated"].alarm
    watch.look(FINE, GLARING, GLARING)
    assert watch.said == []
    watch.look(GLARING)
    [said] = watch.said
    assert (said.guards, said.policy) == (("saturated",), "warn")
    reading = watch.look(GLARING)["saturated"]
    assert said.words == f"{GUARDS['saturated'].sentence(reading)} {GUARDS['saturated'].cure}"
    assert len(watch.said) == 1, "it is said once"


def test_it_is_over_after_as_many_good_frames() -> None:
    watch = Watch()
    watch.look(*[GLARING] * AFTER, *[FINE] * (AFTER - 1), GLARING, *[FINE] * (AFTER - 1))
    assert len(watch.said) == 1
    watch.look(FINE)
    assert watch.said[-1] == Alarmed((), "", "warn")


@pytest.mark.parametrize("policy", ["warn", "raw", "stop"])
def test_only_raw_withholds_and_what_is_done_is_said(policy: AlarmPolicy) -> None:
    watch = Watch(policy)
    watch.look(*[GLARING] * AFTER)
    assert watch.vigilance.withholds == (policy == "raw")
    assert watch.said[0].policy == policy
    assert DONE[policy] in watch.said[0].words
    watch.look(*[FINE] * AFTER)
    assert not watch.vigilance.withholds


def test_frames_that_are_back_filled_raise_nothing_and_are_never_withheld() -> None:
    watch = Watch("raw")
    watch.look(*[GLARING] * AFTER)
    watch.vigilance.lower()
    watch.vigilance.live = False
    assert [each.guards for each in watch.said] == [("saturated",), ()]
    assert watch.look(*[GLARING] * 2 * AFTER)["saturated"].alarm
    assert len(watch.said) == 2
    assert not watch.vigilance.withholds


def test_what_a_calibration_says_of_a_full_camera_is_believed() -> None:
    bright = np.full((64, 64), 200, np.uint8)
    assert not Watch().look(bright)["saturated"].alarm
    assert Watch(saturation_adu=200.0).look(bright)["saturated"].alarm


def test_only_so_many_places_are_remembered() -> None:
    watch = Watch()
    for z in range(MOST_PLACES + 5):
        watch.look(FINE, place=Position(0, z=z))
    assert len(watch.vigilance._guards[True]) == MOST_PLACES


def test_most_live_frames_are_spared_and_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    watch = Watch()
    found = [bool(watch.look(GLARING)) for _ in range(8 * AFTER)]
    assert sum(found) == 2 * AFTER
    assert len(watch.said) == 1
    watch.vigilance.live = False
    assert all(watch.look(GLARING) for _ in range(8)), "there is time for those afterwards"


def test_a_bad_channel_is_noticed_between_good_ones() -> None:
    watch = Watch()
    for number in range(AFTER):
        watch.look(GLARING, place=Position(number, c=0))
        watch.look(FINE, place=Position(number, c=1))
    assert [each.guards for each in watch.said] == [("saturated",)]


def test_an_alarm_keeps_its_words_whatever_the_next_frame_shows() -> None:
    watch = Watch("raw")
    watch.look(*[GLARING] * AFTER)
    watch.vigilance._note(0, {"saturated": GuardReading(0.0, 1.0), "empty": GuardReading(2.0, 1.0)})
    for _ in range(AFTER - 1):
        watch.vigilance._note(0, {"empty": GuardReading(2.0, 1.0)})
    assert watch.said[-1].guards == ("saturated", "empty")
    for name in watch.said[-1].guards:
        assert GUARDS[name].cure in watch.said[-1].words
    assert "No pixel is saturated" not in watch.said[-1].words
    for _ in range(AFTER):
        watch.vigilance._note(0, {"empty": GuardReading(0.0, 1.0)})
    assert watch.said[-1].guards == ("saturated",)
    assert GUARDS["saturated"].cure in watch.said[-1].words
