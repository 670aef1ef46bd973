"""What goes into the training loop and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from torch import nn

from livecare.errors import ConfigError
from livecare.training.curve import CurvePoint
from livecare.training.early_stop import PATIENCE_CHECKS
from livecare.training.schedule import Budget


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How the loop runs.

    Attributes
    ----------
    budget : Budget
        When it ends.
    seed : int
        Of the first weights, the patches and what is hidden of them.
    batch_patches, patch_px : int
        Patches per step, and rows and columns of each, pixels.
    learning_rate : float
        Peak learning rate of Adam.
    checkpoint_s : float
        Time between two checkpoints, seconds.
    patience : int
        Validations without a better one after which training stops.
    tempered : bool
        Whether the way back to the first weights is tried; see `livecare.training.tempering`.
    """

    budget: Budget
    seed: int
    batch_patches: int
    patch_px: int
    learning_rate: float
    checkpoint_s: float = 30.0
    patience: int = PATIENCE_CHECKS
    tempered: bool = False

    def __post_init__(self) -> None:
        if min(self.batch_patches, self.patch_px, self.patience) < 1 or self.learning_rate <= 0:
            raise ConfigError(
                f"training: batch {self.batch_patches}, patch {self.patch_px}, patience "
                f"{self.patience}, learning rate {self.learning_rate}: give values above 0"
            )


@dataclass(frozen=True, slots=True)
class Report:
    """Where a training stands.

    Attributes
    ----------
    step : int
        Steps done.
    seconds, elapsed : float
        Time spent, by the budget's clock, and the part of the budget that is used up, 0 ... 1.
    loss : float
        Mean since the last validation.
    validation, best : float or None
        The last validation loss and the lowest one; None before the first.
    """

    step: int
    seconds: float
    elapsed: float
    loss: float
    validation: float | None
    best: float | None


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training led to.

    Attributes
    ----------
    network : torch.nn.Module
        The best one, in evaluation mode, on the CPU.
    steps : int
        Steps done.
    best_step : int
        After how many of them it was best.
    seconds : float
        Time spent.
    validation : float
        Its validation loss.
    curve : sequence of CurvePoint
        Losses on the way.
    stopped_early : bool
        Whether nothing got better any more.
    share : float
        How far the network is from the first weights to the best ones; 1 unless tempered.
    began : float or None
        Validation loss of the first weights; None unless tempered.
    """

    network: nn.Module
    steps: int
    best_step: int
    seconds: float
    validation: float
    curve: Sequence[CurvePoint]
    stopped_early: bool
    share: float = 1.0
    began: float | None = None


@dataclass(slots=True)
class Position:
    """How far a training is.

    Attributes
    ----------
    step : int
        Steps done.
    since_check : int
        Steps since the last validation.
    loss_sum : float
        Sum of their losses.
    checked_s : float
        When the last validation was, seconds on the budget's clock.
    finished, stopped_early : bool
        Whether it is over, and whether because nothing got better any more.
    curve : list of CurvePoint
        The validations.
    """

    step: int = 0
    since_check: int = 0
    loss_sum: float = 0.0
    checked_s: float = 0.0
    finished: bool = False
    stopped_early: bool = False
    curve: list[CurvePoint] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        """Return it as numbers and lists, for a checkpoint."""
        return {
            "step": self.step,
            "since_check": self.since_check,
            "loss_sum": self.loss_sum,
            "checked_s": self.checked_s,
            "finished": self.finished,
            "stopped_early": self.stopped_early,
            "curve": [point.as_row() for point in self.curve],
        }

    @classmethod
    def of_state(cls, state: dict[str, Any]) -> Self:
        """Make it of what `state` returned."""
        curve = [CurvePoint.from_row(row) for row in state["curve"]]
        return cls(**{**state, "curve": curve})
