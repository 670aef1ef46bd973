"""From an order and patches to trained networks: which is trained on what, one after the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import nn

from livecare.errors import ConfigError
from livecare.training import checkpoint
from livecare.training.batches import Batches
from livecare.training.distill import TaughtPatches
from livecare.training.ensemble import Ensemble
from livecare.training.loop import LoopSettings, Report, Trained
from livecare.training.losses import LossName, choose_loss, noisy_target_loss
from livecare.training.networks.catalogue import build_network
from livecare.training.networks.standardised import Standardised
from livecare.training.objectives import BlindSpot, Objective, Supervised
from livecare.training.order import Order
from livecare.training.pairs.protocol import PatchSource
from livecare.training.prior import NoiseModel, PriorNet, PriorObjective
from livecare.training.schedule import Budget
from livecare.training.standard_patches import Standard, StandardPatches
from livecare.training.start import STANDARD
from livecare.training.trainer import Trainer

TEACHER_PART: Final = 0.6
"""Part of the budget that the teacher of a distilled network gets."""

TEACHER: Final = "teacher"
MEMBER: Final = "member-"
"""What the folders of networks are called, in the order's: the teacher's, and members' 1, 2, ..."""

Watch = Callable[[str, Report], None]
"""Is told which network is being trained and where its training stands, after every step."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order led to.

    Attributes
    ----------
    network : torch.nn.Module
        In network units, on the CPU, in evaluation mode.
    trainings : mapping
        Each network's training by its name, in order.
    """

    network: nn.Module
    trainings: Mapping[str, Trained]


def train_network(
    order: Order,
    source: PatchSource,
    watch: Watch,
    *,
    noise: NoiseModel | None = None,
    target_noise: float | None = 0.0,
    given: Mapping[str, Any] = MappingProxyType({}),
) -> Outcome:
    """Train what was ordered; goes on where a killed training of the same order stands.

    Parameters
    ----------
    order : Order
        What to train.
    source : PatchSource
        What to learn from.
    watch : callable
        See `Watch`.
    noise : NoiseModel or None
        For pn2v, in network units.
    target_noise : float or None
        Variance of the noise of the targets (of hidden pixels: of the frames), network units
        squared; 0 for clean targets, None where it is not known.
    given : mapping
        What else must be the same when a killed training goes on: JSON values.

    Raises
    ------
    ConfigError
        If the order cannot be carried out with these patches, or the folder holds another one.
    """
    run = _Run(order, source, watch, target_noise, given)
    if order.method.name == "pn2v":
        return run.teach(_needed(noise))
    names = [f"{MEMBER}{index + 1}" for index in range(order.ensemble)]
    if order.ensemble == 1:
        names = ["network"]
    trainings = {name: run.train(name, index) for index, name in enumerate(names)}
    members = [run.in_network_units(each.network) for each in trainings.values()]
    return Outcome(members[0] if len(members) == 1 else Ensemble(members).eval(), trainings)


def forget(order: Order) -> None:
    """Remove the checkpoints that an earlier training left in the order's folder.

    Other folders in it may be those of other trainings.
    """
    for folder in (order.out, order.out / TEACHER, *order.out.glob(f"{MEMBER}*/")):
        checkpoint.remove_checkpoint(folder)


class _Run:
    """The trainings of one order."""

    def __init__(
        self,
        order: Order,
        source: PatchSource,
        watch: Watch,
        target_noise: float | None,
        given: Mapping[str, Any],
    ) -> None:
        self._order, self._watch = order, watch
        self._start = order.find_start(source.units.kind)
        self._standard = STANDARD if self._start else Standard.of(source, order.patch_px)
        self._source: Batches = StandardPatches(source, self._standard)
        self._target_noise, self._given = target_noise, given

    def in_network_units(self, network: nn.Module) -> nn.Module:
        """Return a network in standard units as one in network units."""
        return Standardised(network, self._standard.mean, self._standard.spread).eval()

    def train(self, name: str, index: int) -> Trained:
        """Train a network of the order, the `index`-th of an ensemble."""
        order = self._order
        share = 1 / order.ensemble
        torch.manual_seed(order.seed + index)
        network = build_network(order.network_name, probabilistic=order.says_how_sure)
        if self._start is not None:
            self._start.give(network)
        return self._loop(name, network, self._objective(), self._source, share, index)

    def teach(self, noise: NoiseModel) -> Outcome:
        """Train a teacher with a prior, then a plain network on the teacher's estimates."""
        order = self._order
        objective = PriorObjective(noise, self._standard, order.spots())
        torch.manual_seed(order.seed)
        teacher = self._loop(TEACHER, PriorNet(), objective, self._source, TEACHER_PART, 0)
        taught = TaughtPatches(self._source, teacher.network, objective.estimate)
        torch.manual_seed(order.seed + 1)
        network = build_network(order.network_name, probabilistic=order.says_how_sure)
        loss = choose_loss(order.loss_name, probabilistic=order.says_how_sure)
        trained = self._loop("network", network, Supervised(loss), taught, 1 - TEACHER_PART, 1)
        return Outcome(
            self.in_network_units(trained.network), {TEACHER: teacher, "network": trained}
        )

    def _objective(self) -> Objective:
        order = self._order
        loss = choose_loss(order.loss_name, probabilistic=order.says_how_sure)
        if order.says_how_sure and self._target_noise != 0.0:
            variance = _needed_variance(self._target_noise) / self._standard.spread**2
            _check_squared(order.loss_name)
            loss = noisy_target_loss(variance)
        return BlindSpot(loss, order.spots()) if order.method.blind else Supervised(loss)

    def _loop(
        self,
        name: str,
        network: nn.Module,
        objective: Objective,
        source: Batches,
        share: float,
        index: int,
    ) -> Trained:
        order = self._order
        folder = order.out if name == "network" else order.out / name
        folder.mkdir(parents=True, exist_ok=True)
        settings = LoopSettings(
            budget=_part(order.budget, share),
            seed=order.seed + index,
            batch_patches=order.batch_patches,
            patch_px=order.patch_px,
            learning_rate=order.learning_rate,
            checkpoint_s=order.checkpoint_s,
            tempered=self._start is not None,
        )
        start = self._start.model.sha256 if self._start else None
        identity: dict[str, Any] = {
            **order.identity(),
            **self._given,
            "start": start,
            "network's name": name,
        }
        trainer = Trainer(network, objective, source, settings, folder, identity)
        return trainer.run(lambda report: self._watch(name, report))


def _part(budget: Budget, share: float) -> Budget:
    """Return a part of a budget of minutes; steps are not shared."""
    return budget if budget.minutes is None else replace(budget, minutes=budget.minutes * share)


def _needed(noise: NoiseModel | None) -> NoiseModel:
    if noise is None:
        raise ConfigError("pn2v needs a noise model: give --calibration, or --gain and the rest")
    return noise


def _needed_variance(variance: float | None) -> float:
    if variance is None:
        raise ConfigError(
            "how sure a network is cannot be learnt from noisy targets of unknown noise: add "
            "--normalisation anscombe, in which the noise is known, or use clean targets"
        )
    return variance


def _check_squared(loss_name: LossName) -> None:
    """Raise ConfigError if a loss is ordered that noise cannot be subtracted in."""
    if loss_name != "mse":
        raise ConfigError(
            f"--loss {loss_name} does not go with scales that are learnt from noisy targets: their "
            "noise is subtracted in squares. Give --loss mse"
        )
