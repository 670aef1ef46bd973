import math
import time

import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch

from livecare.errors import ConfigError
from livecare.training.early_stop import BestSoFar
from livecare.training.schedule import (
    PLATEAU_EPOCHS,
    Budget,
    Clock,
    Plateau,
    Stopwatch,
    relative_learning_rate,
)


def test_the_learning_rate_rises_and_then_falls_to_the_end() -> None:
    rates = [relative_learning_rate(at / 100) for at in range(101)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert top <= 3
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(0.01)


def test_minutes_come_before_steps() -> None:
    budget = Budget(minutes=2.0, epochs=1, steps_per_epoch=10)
    assert budget.elapsed(step=1000, seconds=60.0) == 0.5
    assert Budget(epochs=1, steps_per_epoch=10).elapsed(step=5, seconds=1e9) == 0.5


@pytest.mark.parametrize("minutes", [0.0, -1.0, math.nan, math.inf])
def test_times_that_are_none_are_refused(minutes: float) -> None:
    with pytest.raises(ConfigError, match="--minutes"):
        Budget(minutes=minutes)


def test_no_steps_are_refused() -> None:
    with pytest.raises(ConfigError, match="--steps 0"):
        Budget(steps_per_epoch=0)


def test_a_stopwatch_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "thread_time", lambda: now[0])
    watch = Stopwatch("cpu", before=7.0)
    now[0] += 3
    assert watch.seconds == 10.0


@pytest.mark.parametrize(("clock", "counted"), [("cpu", 5.0), ("wall", 0.0)])
def test_computing_in_other_threads_counts_unless_the_wall_has_it(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, counted: float
) -> None:
    for name in ("thread_time", "monotonic"):
        monkeypatch.setattr(time, name, lambda: 100.0)
    watch = Stopwatch(clock)
    watch.add(5.0)
    assert watch.seconds == counted


def test_a_plateau_halves_the_rate_and_a_better_loss_resets_it() -> None:
    plateau = Plateau()
    plateau.see(1.0)
    for _ in range(PLATEAU_EPOCHS - 1):
        plateau.see(1.0)
    assert plateau.factor == 1.0
    plateau.see(0.9)
    for _ in range(PLATEAU_EPOCHS):
        plateau.see(0.95)
    assert plateau.factor == 0.5


def test_the_best_weights_are_kept_as_they_were() -> None:
    best = BestSoFar(patience=2)
    weight = torch.ones(2)
    assert best.see(1.0, 1, {"weight": weight})
    weight += 1
    assert not best.see(2.0, 2, {"weight": weight})
    assert not best.exhausted
    assert not best.see(math.nan, 3, {"weight": weight})
    assert best.exhausted
    torch.testing.assert_close(best.weights["weight"], torch.ones(2))
    assert (best.step, best.loss) == (1, 1.0)
