"""The training loop: steps, validations, checkpoints, and when it is over.

The network that comes out is a running average of the one that learns: it is as good as a far
longer training at the end of which the learning rate had fallen, and it validates more calmly.
"""

import copy
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from livecare.errors import ConfigError
from livecare.training import checkpoint
from livecare.training.averaging import follow
from livecare.training.batches import Batches
from livecare.training.curve import CurvePoint, write_curve
from livecare.training.early_stop import BestSoFar
from livecare.training.gradients import make_gradients
from livecare.training.kept_run import LARGEST_GRADIENT
from livecare.training.loop import LoopSettings, Position, Report, Trained
from livecare.training.objectives import Objective
from livecare.training.pairs.protocol import Patches
from livecare.training.schedule import Plateau, Stopwatch, relative_learning_rate
from livecare.training.tempering import Tempered, Weights, temper

CHECKS_PER_BUDGET: Final = 25
SHORTEST_CHECK_S: Final = 5.0
"""Validations in a training of given minutes, and seconds between two of them at least."""
VALIDATION_SEED: Final = 20
"""What validations hide is hidden at the same places each time."""


class Trainer:
    """Trains one network.

    Parameters
    ----------
    network : torch.nn.Module
        Maps standardised (n, 1, ...) to (n, 1 or 2, ...); trained in place.
    objective : Objective
        What it is asked for.
    source : Batches
        Standardised patches.
    settings : LoopSettings
        How.
    folder : Path
        Where checkpoints and the loss curve go; exists.
    identity : mapping
        What must be the same when a killed training goes on: JSON values.
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        source: Batches,
        settings: LoopSettings,
        folder: Path,
        identity: dict[str, Any],
    ) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # convolutions compute up to twice as fast on weights laid out so
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # untyped
        self._network = network.to(self._device)
        self._average = copy.deepcopy(self._network).eval()
        self._first = _on_cpu(self._network.state_dict())
        self._optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
        self._gradients = make_gradients(self._network, objective, settings.batch_patches)
        self._objective, self._source, self._settings = objective, source, settings
        self._folder, self._identity = folder, identity
        self._rng = np.random.default_rng(settings.seed)
        self._best = BestSoFar(settings.patience)
        self._plateau = Plateau()
        self._at = Position()
        self._judged_by: Sequence[Patches] = ()
        self._watch_s = Stopwatch(settings.budget.clock)

    def run(self, watch: Callable[[Report], None]) -> Trained:
        """Train to the end of the budget; goes on from the folder's checkpoint if there is one.

        Parameters
        ----------
        watch : callable
            Is told where the training stands after every step.

        Raises
        ------
        ConfigError
            If the checkpoint is of another training, or the loss is no longer a number.
        """
        self._resume()
        saved = time.monotonic()
        try:
            while not self._at.finished:
                self._step()
                if self._due():
                    self._check()
                if self._elapsed >= 1.0 or self._best.exhausted:
                    self._finish()
                watch(self._report())
                if time.monotonic() - saved >= self._settings.checkpoint_s:
                    self._save()
                    saved = time.monotonic()
        finally:
            self._gradients.close()
            if self._at.step:
                self._save()  # also when the user interrupts it
        return self._outcome()

    @property
    def _elapsed(self) -> float:
        return self._settings.budget.elapsed(self._at.step, self._watch_s.seconds)

    def _step(self) -> None:
        """Learn from one batch."""
        settings = self._settings
        for group in self._optimiser.param_groups:
            group["lr"] = settings.learning_rate * self._rate()
        self._network.train()
        patches = self._source.batch(settings.batch_patches, settings.patch_px, self._rng)
        learnt = self._gradients(patches, self._rng)
        self._watch_s.add(learnt.elsewhere_s)
        if not np.isfinite(learnt.loss):
            raise ConfigError(
                f"the loss is {learnt.loss} after {self._at.step} steps: lower --learning-rate (it "
                f"is {settings.learning_rate:g}) and begin anew with --restart"
            )
        nn.utils.clip_grad_norm_(self._network.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        self._at.step += 1
        self._at.since_check += 1
        self._at.loss_sum += learnt.loss
        follow(self._average, self._network, self._at.step)

    def _rate(self) -> float:
        if self._settings.budget.minutes is None:
            return self._plateau.factor
        return relative_learning_rate(self._elapsed)

    def _due(self) -> bool:
        budget = self._settings.budget
        if budget.minutes is None:
            return self._at.step % budget.steps_per_epoch == 0
        period = max(60 * budget.minutes / CHECKS_PER_BUDGET, SHORTEST_CHECK_S)
        return self._watch_s.seconds - self._at.checked_s >= period

    def _check(self) -> None:
        """Validate, and keep the weights if they are the best so far."""
        loss = self._validate()
        at = self._at
        point = CurvePoint(
            step=at.step,
            seconds=self._watch_s.seconds,
            learning_rate=self._optimiser.param_groups[0]["lr"],
            loss=at.loss_sum / max(at.since_check, 1),
            validation=loss,
        )
        at.curve.append(point)
        at.since_check, at.loss_sum, at.checked_s = 0, 0.0, self._watch_s.seconds
        self._best.see(loss, at.step, self._average.state_dict())
        self._plateau.see(loss)
        write_curve(self._folder, at.curve)

    @torch.no_grad()
    def _validate(self) -> float:
        if not self._judged_by:
            self._judged_by = self._source.validation(self._settings.patch_px)
        rng = np.random.default_rng(VALIDATION_SEED)
        losses = [float(self._objective(self._average, each, rng)) for each in self._judged_by]
        return float(np.mean(losses))

    def _finish(self) -> None:
        if self._at.since_check or not self._at.curve:
            self._check()
        self._at.finished = True
        self._at.stopped_early = self._best.exhausted

    def _report(self) -> Report:
        at = self._at
        last = at.curve[-1] if at.curve else None
        loss = at.loss_sum / at.since_check if at.since_check else (last.loss if last else 0.0)
        return Report(
            step=at.step,
            seconds=self._watch_s.seconds,
            elapsed=1.0 if at.finished else self._elapsed,
            loss=loss,
            validation=last.validation if last else None,
            best=self._best.loss if last else None,
        )

    def _outcome(self) -> Trained:
        kept = self._kept()
        network = copy.deepcopy(self._average).cpu().eval()
        network.load_state_dict(kept.weights)
        return Trained(
            network=network,
            steps=self._at.step,
            best_step=self._best.step,
            seconds=self._watch_s.seconds,
            validation=kept.validation,
            curve=tuple(self._at.curve),
            stopped_early=self._at.stopped_early,
            share=kept.share,
            began=kept.began,
        )

    def _kept(self) -> Tempered:
        best = self._best
        if not self._settings.tempered:
            return Tempered(best.weights, 1.0, best.loss)
        return temper(self._first, _on_cpu(best.weights), self._judge)

    def _judge(self, weights: Weights) -> float:
        self._average.load_state_dict(weights)
        return self._validate()

    def _save(self) -> None:
        at, best = self._at, self._best
        checkpoint.save_checkpoint(
            self._folder,
            self._identity,
            {
                "network": self._network.state_dict(),
                "average": self._average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "rng": checkpoint.generator_state(self._rng),
                "torch_rng": torch.get_rng_state(),
                "seconds": self._watch_s.seconds,
                "position": at.state(),
                "best": [best.loss, best.step, best.waited],
                "best_weights": best.weights,
                "plateau": [self._plateau.factor, self._plateau.best, self._plateau.waited],
            },
        )

    def _resume(self) -> None:
        """Go on where a checkpoint of the same training stands, if there is one."""
        state = checkpoint.load_checkpoint(self._folder, self._identity)
        if state is None:
            self._watch_s = Stopwatch(self._settings.budget.clock)
            return
        self._network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        checkpoint.restore_generator(self._rng, state["rng"])
        torch.set_rng_state(state["torch_rng"])
        self._watch_s = Stopwatch(self._settings.budget.clock, state["seconds"])
        self._at = Position.of_state(state["position"])
        loss, step, waited = state["best"]
        self._best = BestSoFar(self._settings.patience, loss, step, state["best_weights"], waited)
        self._plateau = Plateau(*state["plateau"])


def _on_cpu(weights: Weights) -> Weights:
    """Copy weights to where those of a checkpoint are, too."""
    return {name: each.detach().cpu().clone() for name, each in weights.items()}
