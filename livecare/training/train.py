"""The training loop: loss, optimiser and a learning rate that follows the clock.

It runs for a given time instead of a number of steps, since a laboratory knows how long it will
wait and not how fast its machine is. The clock counts the computing time of the thread that trains:
on a busy machine training takes longer instead of becoming worse.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from livecare.training.synthesis import PairSource

STEPS_PER_FIELD = 2
"""Training steps per newly simulated field; simulating one costs about a third of a step."""
ERROR_FLOOR = 1e-6
"""Squared window units added to each error: below it a frame is as good as restored."""
INTENSITY_WEIGHT = 10.0
"""How much more an error counts that a whole frame has in common: a factor on its square. Without
it a network that darkens the dimmest frames by a few percent is not corrected."""
AVERAGE_DECAY = 0.999
"""Weights are averaged over about 1 / (1 - this) steps; the average is what is kept."""
WARM_UP = 0.02
"""Part of the time in which the learning rate rises to its peak."""
FINAL_LEARNING_RATE = 0.01
"""Learning rate at the end, relative to the peak."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How to train.

    Attributes
    ----------
    seconds : float
        Computing time of the training thread, s.
    seed : int
        Of the first weights and of the simulated pairs.
    batch_pairs : int
        Pairs per step.
    patch_side : int
        Rows and columns of a pair, pixels.
    learning_rate : float
        Peak learning rate of Adam.
    """

    seconds: float
    seed: int
    batch_pairs: int = 8
    patch_side: int = 128
    learning_rate: float = 1.5e-3


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the training stands.

    Attributes
    ----------
    step : int
        Steps done.
    elapsed : float
        Part of the time that is over, 0 ... 1.
    loss : float
        Loss of this step, decibels relative to the window: lower is better.
    """

    step: int
    elapsed: float
    loss: float


def train(
    network: nn.Module,
    settings: TrainingSettings,
    pairs: PairSource,
    report: Callable[[Progress, nn.Module], None],
) -> nn.Module:
    """Train the network and return its averaged copy; `report` is called after every step."""
    average = copy.deepcopy(network).eval()
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    started = time.thread_time()
    step, elapsed = 0, 0.0
    while elapsed < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * relative_learning_rate(elapsed)
        noisy, truth = pairs.batch(settings.batch_pairs, settings.patch_side)
        error_db = decibel_error(network(torch.from_numpy(noisy)), torch.from_numpy(truth))
        optimiser.zero_grad()
        error_db.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(network.parameters(), max_norm=10.0)
        optimiser.step()
        step += 1
        _follow(average, network, step)
        if step % STEPS_PER_FIELD == 0:
            pairs.refresh()
        elapsed = (time.thread_time() - started) / settings.seconds
        report(Progress(step, min(elapsed, 1.0), error_db.item()), average)
    return average


def decibel_error(restored: Tensor, truth: Tensor) -> Tensor:
    """Return the mean over frames of the mean squared error in dB.

    A squared error makes the network estimate the mean, which keeps intensities; its logarithm lets
    a bright and a dim frame weigh the same, as they do in a PSNR.
    """
    difference = restored - truth
    errors = torch.square(difference).mean(dim=(1, 2, 3))
    common = torch.square(difference.mean(dim=(1, 2, 3)))
    return 10 * torch.log10(errors + INTENSITY_WEIGHT * common + ERROR_FLOOR).mean()


def relative_learning_rate(elapsed: float) -> float:
    """Return the learning rate at a part of the time, relative to its peak.

    It rises linearly, then falls along half a cosine.
    """
    if elapsed < WARM_UP:
        return max(elapsed / WARM_UP, FINAL_LEARNING_RATE)
    fallen = min(1.0, (elapsed - WARM_UP) / (1 - WARM_UP))
    cosine = (1 + math.cos(math.pi * fallen)) / 2
    return FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * cosine


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, step: int) -> None:
    """Move the averaged weights towards the network's; quickly while there is little to average."""
    decay = min(AVERAGE_DECAY, step / (step + 10))
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)


@torch.no_grad()
def restore_frame(network: nn.Module, noisy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Restore one frame of shape (y, x) in window units."""
    restored = network(torch.from_numpy(noisy)[None, None])
    return np.asarray(restored[0, 0].numpy(), np.float32)
