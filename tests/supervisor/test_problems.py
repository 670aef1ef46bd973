"""The problems of a part: which of what its source says is its own."""

from types import SimpleNamespace
from typing import Any

import pytest

from livecare.supervisor.problems import Problems

OLD, NEW = "a sender was gone", "a sender was gone; another was silent"
FULL = "the buffer was full; make it larger"


def noted(
    *, lost: int = 0, problem: str | None = None, why: str | None = None, known: str | None = None
) -> list[str]:
    acquisition: Any = SimpleNamespace(acquired=5, lost=lost, loss_estimated=False)
    source: Any = SimpleNamespace(problem=problem, why_lost=why)
    problems = Problems()
    problems.note_losses(acquisition, 5, source, known)
    return list(problems.sentences)


def test_lost_frames_are_told_with_what_the_source_knows_of_them() -> None:
    assert noted(lost=3) == ["3 frames lost: the camera did not wait"]
    assert noted(lost=3, problem=NEW) == [f"3 frames lost: {NEW}"]
    assert noted(lost=3, why=FULL) == [f"3 frames lost: {FULL}"]
    assert noted(lost=3, why=FULL, problem=NEW) == [f"3 frames lost: {FULL}", NEW]


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ({"why": FULL}, []),
        ({"problem": OLD, "known": OLD}, []),
        ({"problem": NEW, "known": OLD}, [NEW]),
        ({"problem": NEW}, [NEW]),
    ],
)
def test_what_was_so_before_a_part_is_no_problem_of_it(
    said: dict[str, str], own: list[str]
) -> None:
    assert noted(**said) == own  # type: ignore[arg-type]


def test_a_source_without_words_for_its_losses_is_one_all_the_same() -> None:
    acquisition: Any = SimpleNamespace(acquired=5, lost=1, loss_estimated=True)
    source: Any = SimpleNamespace(problem=None)
    problems = Problems()
    problems.note_losses(acquisition, 4, source)
    assert problems.sentences == (
        "1 acquired frames could not be recorded",
        "about 1 frames lost: the camera did not wait",
    )
