"""The guard of CONTRIBUTING.md is heard where all guards are: in what restorer and report say."""

from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest
from extend_guard import GUARD, THRESHOLD, MoreGuards, cut_off

from livecare.frame import FrameHeader, Position
from livecare.guards import GUARDS, examining
from livecare.guards.thresholds import thresholds
from livecare.link import Alarmed, GuardSpec, Report
from livecare.models.normalise import CameraNoise, NoiseUnits
from livecare.restorer import vigilance
from livecare.run_page import guard_words

UNITS = NoiseUnits(CameraNoise(1.0, 0.0, 1.0))
RESTORED = np.full((96, 96), 3, np.uint16)
CUT = np.random.default_rng(0).poisson(3.0, RESTORED.shape).astype(np.uint16)
WHOLE = CUT + np.uint16(1)


class Nobody:
    """A model that says nothing of what it has learnt from."""

    folder = "nowhere"
    trust: ClassVar[dict[str, Any]] = {}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    more = MappingProxyType({**GUARDS, GUARD.name: GUARD})
    for module in (vigilance, guard_words):
        monkeypatch.setattr(module, "GUARDS", more)
    limits = {**thresholds(), GUARD.name: THRESHOLD}
    monkeypatch.setattr(examining, "thresholds", lambda: limits)
    monkeypatch.setattr(vigilance, "Guards", MoreGuards)


def test_it_measures_what_it_says() -> None:
    assert cut_off(CUT) == pytest.approx(np.exp(-3.0), rel=0.1)
    assert cut_off(WHOLE) == 0.0


@pytest.mark.parametrize(("raw", "alarm"), [(CUT, True), (WHOLE, False)], ids=["cut", "whole"])
def test_the_restorer_raises_it_beside_the_others(raw: np.ndarray, alarm: bool) -> None:  # noqa: FBT001
    said: list[Report] = []
    model: Any = Nobody()
    watching = vigilance.Vigilance(GuardSpec("warn", 1), model, said.append)
    header = FrameHeader(0, Position(0), raw.shape, "uint16", 0)
    found = watching.examine(header, raw, RESTORED, UNITS)
    assert found[GUARD.name].alarm == alarm
    assert {"noise", "erased", "saturated"} < found.keys()
    words = "".join(each.words for each in said if isinstance(each, Alarmed))
    assert (GUARD.cure in words) == alarm


def test_report_pages_have_its_words() -> None:
    assert guard_words.guard_title(GUARD.name) == GUARD.title
    assert guard_words.guard_cure(GUARD.name) == GUARD.cure
