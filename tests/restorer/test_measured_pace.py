"""How large a batch is worth it: by measurement, with an engine whose speed is made up."""

import numpy as np
import pytest

from livecare.engines.protocol import Expected
from livecare.errors import EngineError, EngineMemoryError
from livecare.frame import Pixels
from livecare.models.normalise import IntensityWindow
from livecare.restorer import pace
from livecare.restorer.pace import choose_pace, measure_pace

SHAPE = (16, 16)
WINDOW = IntensityWindow(0.0, 1.0)


class MadeUpEngine:
    """Takes a fixed time for each batch and for each frame, on a clock of its own, seconds."""

    name, precision, device = "made up", "none", "paper"

    def __init__(self, batch_s: float, frame_s: float, first_s: float = 0.0) -> None:
        self._batch_s, self._frame_s, self._first_s = batch_s, frame_s, first_s
        self.now_s = 0.0
        self.batches: list[int] = []

    def load(self, model: object, threads: int, expected: object = None) -> None:
        """Nothing to do."""

    def infer(self, batch: Pixels, restored: Pixels, normalisations: object) -> None:
        assert normalisations == [WINDOW] * len(batch)
        assert batch.shape == restored.shape
        assert (batch.dtype, restored.dtype) == (np.uint16, np.float32)
        self.now_s += self._batch_s + self._frame_s * len(batch)
        self.now_s += 0 if self.batches else self._first_s
        self.batches.append(len(batch))

    def close(self) -> None:
        """Nothing to do."""

    def perf_counter(self) -> float:
        return self.now_s


class Remembered:
    """Times of an earlier run, and what is written over them."""

    def __init__(self, times: dict[int, float]) -> None:
        self.times = times

    def read(self) -> dict[int, float]:
        return self.times

    def write(self, seconds: dict[int, float], /) -> None:
        self.times = seconds


def expected(batch: int) -> Expected:
    return Expected(SHAPE, "uint16", "float32", batch)


def measure(
    engine: MadeUpEngine,
    monkeypatch: pytest.MonkeyPatch,
    budget_s: float,
    max_batch: int = 8,
    known: pace.KnownTimes | None = None,
) -> pace.Pace:
    monkeypatch.setattr(pace, "time", engine)
    return measure_pace(engine, expected(max_batch), budget_s, WINDOW, known)


def test_batches_that_gain_are_taken_up_to_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure(MadeUpEngine(0.010, 0.001), monkeypatch, budget_s=1.0)
    assert found.batch == 8
    assert found.seconds_per_frame == pytest.approx(0.018 / 8)
    assert found.backlog == int(1.0 / found.seconds_per_frame)


def test_batches_that_gain_nothing_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure(MadeUpEngine(0.0, 0.010), monkeypatch, budget_s=0.1)
    assert found.batch == 1
    assert found.backlog == pytest.approx(10, abs=1)


def test_the_first_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure(MadeUpEngine(0.0, 0.010, first_s=30.0), monkeypatch, budget_s=0.1)
    assert found.seconds_per_frame == pytest.approx(0.010)


def test_no_batch_goes_beyond_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = MadeUpEngine(0.1, 0.001)
    found = measure(engine, monkeypatch, budget_s=0.15)
    assert (found.batch, max(engine.batches)) == (1, 1)
    assert found.backlog == 1


def test_an_engine_too_slow_for_the_budget_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure(MadeUpEngine(0.0, 5.0), monkeypatch, budget_s=0.1)
    assert (found.batch, found.backlog) == (1, 1)


def test_a_configured_limit_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = MadeUpEngine(0.010, 0.001)
    assert measure(engine, monkeypatch, budget_s=10.0, max_batch=3).batch == 2
    assert max(engine.batches) == 2


def test_an_engine_that_fails_on_an_empty_frame_is_not_ready() -> None:
    class Broken(MadeUpEngine):
        def infer(self, *_: object) -> None:
            raise EngineError("no")

    with pytest.raises(EngineError):
        measure_pace(Broken(0, 0), expected(8), 0.1, WINDOW)


def test_times_of_an_earlier_run_are_taken_where_they_still_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = MadeUpEngine(0.010, 0.001)
    known = Remembered({1: 0.012, 2: 0.011, 4: 0.010})
    found = measure(engine, monkeypatch, budget_s=1.0, known=known)
    assert found.batch == 4
    assert found.seconds_per_frame == pytest.approx(0.0025)
    assert set(engine.batches) == {1, 4}, "only what will be used is warmed up"


@pytest.mark.parametrize("single_s", [0.001, 0.1])
def test_times_that_hold_no_more_are_measured_and_written_anew(
    monkeypatch: pytest.MonkeyPatch, single_s: float
) -> None:
    known = Remembered({1: single_s, 8: single_s})
    found = measure(MadeUpEngine(0.010, 0.001), monkeypatch, budget_s=1.0, known=known)
    assert found.seconds_per_frame == pytest.approx(0.018 / 8)
    assert known.times == pytest.approx({1: 0.011, 2: 0.012, 4: 0.014, 8: 0.018})


def test_a_remembered_batch_beyond_the_budget_or_the_most_is_not_taken() -> None:
    times = {1: 0.010, 2: 0.011, 4: 0.012, 8: 0.013}
    assert choose_pace(times, budget_s=0.0125, max_batch=8).batch == 4
    assert choose_pace(times, budget_s=1.0, max_batch=2).batch == 2
    assert choose_pace(times, budget_s=0.001, max_batch=8).batch == 1


class Cramped(MadeUpEngine):
    """Finds memory for so many frames at once."""

    def __init__(self, room: int, error: Exception) -> None:
        super().__init__(0.010, 0.001)
        self.room, self.error = room, error

    def infer(self, batch: Pixels, restored: Pixels, normalisations: object) -> None:
        if len(batch) > self.room:
            raise self.error
        super().infer(batch, restored, normalisations)


@pytest.mark.parametrize("error", [EngineMemoryError("no"), MemoryError("no")])
@pytest.mark.parametrize("known", [None, {1: 0.011, 2: 0.012, 4: 0.014, 8: 0.018}])
def test_a_batch_that_finds_no_memory_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, error: Exception, known: dict[int, float] | None
) -> None:
    remembered = None if known is None else Remembered(dict(known))
    found = measure(Cramped(2, error), monkeypatch, budget_s=1.0, known=remembered)
    assert found.batch == 2
    assert remembered is None or set(remembered.times) == {1, 2}, "and is forgotten"


@pytest.mark.parametrize("error", [EngineMemoryError("no"), MemoryError("no")])
def test_an_engine_with_no_memory_for_a_frame_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with pytest.raises((EngineMemoryError, MemoryError)):
        measure(Cramped(0, error), monkeypatch, budget_s=1.0)
