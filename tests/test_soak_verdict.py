"""What the soak benchmark judges to be right, and what it finds wrong."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

from made_up_soaks import CHECK, RIGHT, looked_at, soaked, with_end
from soak_doing import Made
from soak_verdict import Soak, judge, ledger_in


def not_met(soak: Soak) -> list[str]:
    return [verdict.what for verdict in judge(soak) if verdict.met is False]


def test_a_soak_in_which_all_went_well_is_judged_so() -> None:
    assert not_met(soaked()) == []
    unseen = [verdict.what for verdict in judge(soaked()) if verdict.bar and verdict.met is None]
    assert unseen == [
        f"memory of the recorder, per {what}" for what in ("part begun", "part", "shard")
    ]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"checks": {"soak": CHECK | {"sound": False}}}, "recordings verified sound"),
        ({"checks": {}}, "recordings verified sound"),
        (
            {"checks": {"soak": CHECK | {"ledger": RIGHT | {"lost": 1}}}},
            "recordings that say what the report says",
        ),
        ({"checks": {"soak": CHECK | {"raw": 59}}}, "frames that are there"),
        ({"checks": {"soak": CHECK | {"gaps": 1}}}, "frames missing without a word"),
        ({"exit_code": 3}, "problems, and the exit code"),
        ({"camera": {"sent": 61, "dropped": 0}}, "frames of the camera"),
        ({"samples": looked_at(600)}, "the last that the run said"),
        ({"metrics": RIGHT | {"recorded": 59}}, "the metrics at the end"),
        (
            {"samples": with_end(looked_at(600, own_mb_per_h=60.0))},
            "memory of the recorder, per hour",
        ),
        ({"samples": with_end(looked_at(600, files_late=31))}, "files of the recorder, growth"),
        (
            {"samples": [replace(s, heard=not 200 < s.at_s < 250) for s in looked_at(600)]},
            "longest silence of the run",
        ),
    ],
)
def test_what_is_wrong_is_found(changes: dict[str, object], what: str) -> None:
    assert what in not_met(soaked(**changes))


def test_the_ledger_is_read_from_metrics() -> None:
    lines = ["# TYPE livecare_frames_total counter", 'livecare_frames_total{outcome="lost"} 2.0']

    assert ledger_in("\n".join([*lines, 'livecare_frames_failed_total{step="a"} 1'])) == {"lost": 2}


def test_a_child_that_does_not_come_back_is_found() -> None:
    made = Made(30.0, "kill", "restorer", 60.0, "killed 7, and none followed", answered=False)

    assert not_met(soaked(made=[made])) == ["1 faults: what must follow did"]
