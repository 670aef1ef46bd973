"""A normalisation that is to be measured anew: done and said, or refused and why."""

from dataclasses import replace
from pathlib import Path

import pytest
from changing_run import Asked
from window_package import WINDOW_PACKAGE, load_window_model

from livecare.link import Ready, Swapped
from livecare.link.requests import Done, Refused, RelockRequest, SwapRequest
from livecare.models import IntensityWindow
from livecare.models.recipe import NormalisationRecipe
from livecare.supervisor import change

pytestmark = pytest.mark.usefixtures("engines")
WINDOW_MODEL = {"model": str(WINDOW_PACKAGE)}


def relocking(folder: Path, **restorer: object) -> Asked:
    """Give a run whose normalisation is locked, and a restorer that measures it anew."""
    asked = Asked(folder, **restorer)
    asked.pipeline.lock(900.0)

    def measure(revision: int) -> None:
        asked.pipeline.lock(1800.0)
        asked.pipeline.tell(Swapped(Ready("first", "fp16", 1, 0.1, "m", "", "", revision)))

    asked.pipeline.reacts = measure
    return asked


def test_the_normalisation_is_measured_anew_and_said(tmp_path: Path) -> None:
    asked = relocking(tmp_path, **WINDOW_MODEL)
    assert asked.changes.refused() == {}
    answer = asked.changes.handle(RelockRequest())
    assert answer == Done("channel 0, fixed: low 1, high 1800 (frames up to 1800.0)")
    assert asked.pipeline.relocked == [1]
    assert asked.pipeline.collection.restorer.changes == 1, (
        "from 'nothing known' to m, by this made-up one"
    )
    asked.pipeline.lock(70.0, channel=2)
    answer = asked.changes.handle(RelockRequest())
    assert isinstance(answer, Done)
    assert [words[:9] for words in answer.words.split("; ")] == ["channel 0", "channel 2"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"enabled": False}, "restorer.enabled"),
        (WINDOW_MODEL | {"window": (90.0, 250.0)}, "restorer.window is configured"),
        ({"camera": {"gain": 2.0, "offset": 1.0, "read_noise": 1.0}}, "restorer.camera is conf"),
        (WINDOW_MODEL | {"normalisation": "per-frame"}, "each frame is normalised by itself"),
    ],
)
def test_what_is_not_measured_is_not_measured_anew(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    asked = relocking(tmp_path, **settings)
    answer = asked.changes.handle(RelockRequest())
    assert isinstance(answer, Refused)
    assert words in answer.reason
    assert asked.changes.refused()["relock"] == answer.reason
    assert ("swap" in asked.changes.refused()) == ("enabled" in settings)
    assert asked.pipeline.ordered == []


def test_a_model_with_a_window_of_its_own_has_nothing_to_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = NormalisationRecipe("fixed", 0.0, 100.0, IntensityWindow(3.0, 9.0))
    model = replace(load_window_model(), normalisation=own)
    monkeypatch.setattr("livecare.supervisor.plan.find_model", lambda _: model)
    asked = relocking(tmp_path)
    assert "brings its own window" in asked.changes.refused()["relock"]


def test_when_nothing_can_be_measured_anew(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    assert "nothing is locked yet" in asked.changes.refused()["relock"]
    asked.pipeline.lock(900.0)
    asked.pipeline.acquisition.ended_ns = 7
    assert asked.changes.refused() == {"relock": "no frames come any more"}
    asked.pipeline.collection.restorer_gone()
    refused = asked.changes.refused()
    assert set(refused) == {"swap", "relock"}
    for request in (RelockRequest(), SwapRequest(engine="second")):
        answer = asked.changes.handle(request)
        assert isinstance(answer, Refused)
        assert "not ready: ask again" in answer.reason
    assert asked.pipeline.ordered == []


def test_frames_that_show_nothing_are_no_new_normalisation(tmp_path: Path) -> None:
    asked = relocking(tmp_path)
    asked.pipeline.reacts = asked.pipeline.refuse
    assert asked.changes.handle(RelockRequest()) == Refused("second: no GPU")
    assert len(asked.pipeline.ordered) == 1, "the restorer has taken it back by itself"
    assert asked.pipeline.collection.normalisation[0].values["high"] == 900.0


def test_a_measurement_that_takes_too_long_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = relocking(tmp_path)
    monkeypatch.setattr(change, "RELOCK_S", 0.0)
    asked.pipeline.reacts = lambda _: None
    answer = asked.changes.handle(RelockRequest())
    assert answer == Refused("not enough frames came to measure within 0 s")
    assert asked.pipeline.relocked == [1]
    assert len(asked.pipeline.ordered) == 2
