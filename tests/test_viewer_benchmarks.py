"""What the viewer's benchmark makes of what viewers say; no window is opened."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import viewer_flat
import viewer_live
from table import Figure
from viewer_beside import Span
from viewer_watched import Effort, Watched

STAGES = {"stages_ms": {"recorded": {"p50": 1.0, "p99": 2.0}}, "ledger": {"recorded": 750}}


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[dict[str, Any]]], None]:
    """Have every viewer say these lines."""

    def say(lines: list[dict[str, Any]]) -> None:
        last: Any = SimpleNamespace(ledger=SimpleNamespace(lost=0))

        def watch(_folder: Path, _setting: object, viewers: list[Path], _every: float) -> Watched:
            return Watched(Span(0.0, lines[-1]["at_s"]), last, STAGES, [lines for _ in viewers])

        for module in (viewer_flat, viewer_live):
            monkeypatch.setattr(module, "watch", watch)

    return say


def named(figures: list[Figure], end: str) -> Figure:
    return next(each for each in figures if each.what.endswith(end))


def test_growth_is_compared_with_what_is_of_the_same_unit(
    watched: Callable[[list[dict[str, Any]]], None], tmp_path: Path
) -> None:
    """A megabyte a minute beside 100 MB, for ten minutes."""
    watched(
        [
            {"at_s": at_s, "own": 1e6 * (100 + at_s // 30 / 2), "cpu_s": at_s, "painted_raw": at_s}
            for at_s in range(0, 600, 5)
        ]
    )
    figure = named(
        viewer_flat.measure(tmp_path, Effort(64, 10.0, seconds=600.0)), "a straight line"
    )
    assert (figure.unit, figure.limit_name) == ("MB", "in the first")
    assert figure.measured == pytest.approx(9.5)
    assert figure.ratio == pytest.approx(0.095)


def test_frames_of_a_viewer_are_compared_with_the_camera_s(
    watched: Callable[[list[dict[str, Any]]], None], tmp_path: Path
) -> None:
    """It looks 30 times a second, and gets several frames with a look."""
    watched([{"at_s": at_s, "raw_taken": 30 * at_s} for at_s in (0, 5, 10)])
    figures = viewer_live.measure_many(tmp_path, Effort(64, 50.0, seconds=15.0, viewers=2))
    figure = named(figures, "frames of the one with fewest")
    assert (figure.limit, figure.limit_name) == (50.0, "the camera")
    assert figure.ratio == pytest.approx(0.6)
