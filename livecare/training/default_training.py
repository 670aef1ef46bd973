"""How the default models are trained: their shapes, the optimiser, the rate, the checkpoints."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from livecare.training.default_fields import DefaultPairs
from livecare.training.exposures import batch
from livecare.training.kept_run import KeptRun
from livecare.training.networks.live import DEPTHS, WIDTHS, LiveNet
from livecare.training.picture_loss import picture_loss

BUNDLED_STEPS: Final = 26_000
FINE_STEPS: Final = 5_000
"""Steps that the bundled models were trained for, and further ones on finer textures."""
FINE_RATE: Final = 0.5
"""Learning rate at the beginning of the latter, relative to the peak; it falls to the end."""
WARM_UP_STEPS: Final = 200
COOLING_SHARE: Final = 0.3
"""Last part of the steps, in which the learning rate falls; before, it is constant, so that a run
may be made longer without beginning anew."""
LAST_RATE: Final = 0.01
"""Learning rate at the end, relative to the peak."""
STEPS_PER_FIELD: Final = 4
"""Training steps per newly drawn field: drawing one costs about an eighth of a step."""
STEPS_PER_CHECKPOINT: Final = 200


@dataclass(frozen=True, slots=True)
class DefaultSettings:
    """How to train.

    Attributes
    ----------
    steps, fine_steps : int
        How many, and how many further ones on finer textures.
    seed : int
        Of the first weights and of everything drawn.
    batch_pairs, patch_side : int
        Pairs per step; rows and columns of each, pixels.
    learning_rate : float
        Peak rate of Adam.
    """

    steps: int
    seed: int
    fine_steps: int = 0
    batch_pairs: int = 8
    patch_side: int = 128
    learning_rate: float = 1.5e-3


def train_default(settings: DefaultSettings, data: Path, folder: Path) -> list[int]:
    """Train; write `checkpoint.pt` over and over and `weights.pt` at the end.

    A run that goes on from a checkpoint draws other pairs than one that was never stopped.

    Parameters
    ----------
    settings : DefaultSettings
        How.
    data : Path
        Folder of the recordings that `livecare.training.default_fields` names.
    folder : Path
        Where to write; made if it is missing.

    Returns
    -------
    list of int
        Steps after which it was stopped and went on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    run = KeptRun(LiveNet(WIDTHS, DEPTHS), folder, settings.learning_rate)
    run.go_on()
    total = 0.0
    pairs = None
    while run.step < settings.steps + settings.fine_steps:
        if pairs is None or run.step == settings.steps:
            fine = run.step >= settings.steps
            pairs = DefaultPairs(data, settings.seed + run.step, fine=fine)
        noisy, truth = batch(pairs.draw(settings.batch_pairs, settings.patch_side))
        frames = torch.from_numpy(noisy).contiguous(memory_format=torch.channels_last)
        loss = picture_loss(run.network(frames), torch.from_numpy(truth))
        total += run.learn(loss, learning_rate(settings, run.step))
        if run.step % STEPS_PER_FIELD == 0:
            pairs.refresh()
        if run.step % STEPS_PER_CHECKPOINT == 0:
            print(f"step {run.step}, loss {total / STEPS_PER_CHECKPOINT:.4f}", flush=True)  # noqa: T201 part of a script
            total = 0.0
            run.keep()
    torch.save(run.average.state_dict(), folder / "weights.pt")
    return run.stops


def learning_rate(settings: DefaultSettings, step: int) -> float:
    """Return the rate of a step: a short rise, a long level, a fall like 1 − √, and a last ramp."""
    if settings.fine_steps and step >= settings.steps:
        rest = 1 - (step - settings.steps) / settings.fine_steps
        return settings.learning_rate * max(LAST_RATE, FINE_RATE * rest)
    rate = settings.learning_rate * min(1.0, (step + 1) / WARM_UP_STEPS)
    cooling_from = int(settings.steps * (1 - COOLING_SHARE))
    if step > cooling_from:
        fallen = (step - cooling_from) / (settings.steps - cooling_from)
        rate *= max(LAST_RATE, 1 - math.sqrt(fallen))
    return rate
