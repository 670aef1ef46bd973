"""Of the way from the first weights to the last, as much is gone as the validation asks for."""

import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch
from torch import nn

from livecare.training.curve import CurvePoint
from livecare.training.loop import Trained
from livecare.training.recipe import Outcome
from livecare.training.session import _gained
from livecare.training.tempering import Weights, temper

BEGAN = {"a": torch.zeros(2), "b": torch.ones(1)}
ENDED = {"a": torch.ones(2), "b": torch.zeros(1)}


def gone(weights: Weights) -> float:
    assert weights["a"][0] == 1 - weights["b"][0]
    return float(weights["a"][0])


@pytest.mark.parametrize(
    ("losses", "share"),
    [
        ({0.0: 1.0, 0.5: 0.25, 0.75: 0.0625, 1.0: 0.0}, 0.5),  # a bowl whose bottom is the end
        ({0.0: 1.0, 0.5: 0.4, 0.75: 0.1, 1.0: 0.0}, 0.75),
        ({0.0: 1.0, 0.5: 2.0, 0.75: 0.5, 1.0: 0.0}, 1.0),  # a ridge lies between
        ({0.0: 1.0, 0.5: 0.5, 0.75: 0.9, 1.0: 1.1}, 0.0),  # training has not helped
    ],
)
def test_it_goes_as_far_as_most_of_the_gain_asks(losses: dict[float, float], share: float) -> None:
    kept = temper(BEGAN, ENDED, lambda weights: losses[gone(weights)])
    assert (kept.share, kept.validation) == (share, losses[share])
    assert gone(kept.weights) == share


def test_a_training_that_gained_nothing_is_told_of() -> None:
    trained = Trained(nn.Identity(), 9, 9, 1.0, 0.5, (), False, 0.0, 0.5)
    [told] = _gained(Outcome(nn.Identity(), {"first": trained}))
    assert told.startswith("first: training made validation no better")
    assert "--minutes" in told


@pytest.mark.parametrize(
    ("began", "validation", "told"),
    [
        (0.8, 0.5, "validation got 37.5 % better (0.8000 before training, 0.5000 now)"),
        (None, 0.6, "validation got 40 % better (1.0000 at its first check, 0.6000 now)"),
        (None, -0.5, "validation got better (1.0000 at its first check, -0.5000 now)"),
        (None, 1.0, "validation got no better (1.0000 at its first check, 1.0000 now); give it"),
    ],
)
def test_what_training_gained_is_told(began: float | None, validation: float, told: str) -> None:
    curve = (CurvePoint(1, 1.0, 1e-3, 2.0, 1.0),)
    trained = Trained(nn.Identity(), 9, 9, 1.0, validation, curve, False, 0.75, began)
    [words] = _gained(Outcome(nn.Identity(), {"network": trained}))
    assert words.startswith(f"network: {told}")
