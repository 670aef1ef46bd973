"""Of the way from the first weights to the last, as much is gone as the validation asks for."""

import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch
from torch import nn

from livecare.training.loop import Trained
from livecare.training.recipe import Outcome
from livecare.training.session import _gained_nothing
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
    trained = [Trained(nn.Identity(), 9, 9, 1.0, 0.5, (), False, share) for share in (0.0, 0.75)]
    outcome = Outcome(nn.Identity(), dict(zip(("first", "second"), trained, strict=True)))
    [told] = _gained_nothing(outcome)
    assert told.startswith("first: ")
    assert "--minutes" in told
