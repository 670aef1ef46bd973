"""When a run is healthy, when it is ready, and what is said where it is not."""

from typing import Any

import msgspec
import pytest

pytest.importorskip("prometheus_client", reason="the extra 'metrics' is missing")

from exported import TALLY, view

from livecare.exporter.health import complaints, objections
from livecare.exporter.view import View
from livecare.link.tally import RingUse


def test_all_is_well() -> None:
    assert complaints(view()) == []
    assert objections(view(), 10.0) == []
    assert objections(view(restorer="off", free_minutes=None), 10.0) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (View(None, 2.0, "on"), "has not said anything yet, for 2 s"),
        (view(age_s=60.0), "has said nothing for 60 s"),
        (view("died"), "gone without having ended its run"),
    ],
)
def test_a_run_that_is_not_well_is_not_ready_either(found: View, words: str) -> None:
    [why] = complaints(found)
    assert words in why
    assert objections(found, 10.0) == [why]


def test_a_run_that_has_ended_is_well_and_not_ready() -> None:
    ended = view("ended", stage="ended", age_s=99.0)
    assert complaints(ended) == []
    assert objections(ended, 10.0) == ["the acquisition is over"]


def tally(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of it
    return {"tally": msgspec.structs.replace(TALLY, **changed)}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"restorer": "building"}, "the restorer is building"),
        (
            {"restorer": "degraded", "degraded": "every 4th frame, since memory ran out"},
            "the restorer is degraded: every 4th frame, since memory ran out",
        ),
        ({"free_minutes": 9.9}, "the disk lasts for 9.9 min more, less than the 10 of"),
        ({"recording": False}, "nothing is recorded, although it should be"),
        ({"stage": "starting"}, "starting, or waits for its source"),
        ({"stage": "backfilling"}, "the acquisition is over"),
        (tally(problems=("the disk is full",)), "in trouble: the disk is full"),
        (tally(raw_ring=RingUse(60, 64)), "60 of the 64 frames that the ring holds wait"),
    ],
)
def test_a_run_that_is_not_ready_says_why(changed: dict[str, Any], words: str) -> None:
    assert complaints(view(**changed)) == []
    [why] = objections(view(**changed), 10.0)
    assert words in why


def test_a_run_that_waits_for_its_source_gives_one_reason() -> None:
    changed = tally(parts=0)
    waiting = view(stage="starting", restorer="starting", recording=False, **changed)
    assert objections(waiting, 10.0) == ["it is starting, or waits for its source"]
