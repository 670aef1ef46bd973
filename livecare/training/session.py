"""A training from the user's files to a model package, and what is kept of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch

from livecare.errors import ConfigError
from livecare.models.package import Model
from livecare.training.identity import identify
from livecare.training.loop import Trained
from livecare.training.masking import Direction
from livecare.training.order import Order
from livecare.training.packing import FOLDER_NAME, pack
from livecare.training.pairs.orientation import NoiseAxis
from livecare.training.pairs.settings import PairSettings
from livecare.training.recipe import Outcome, Watch, forget, train_network
from livecare.training.supply import Inputs, checksums, find_direction, supply

REPORT_NAME: Final = "training.json"
"""What a person or a script wants to know of a training, without opening the model."""
PACKING: Final = "measuring, exporting and checking the model: this takes a minute or two"
"""What is said when training is over, and nothing else is for some time."""

NOISE_AXES: Final[dict[Direction, NoiseAxis | None]] = {"rows": "x", "columns": "y", "none": None}
"""The axis that noise along rows or columns runs along."""

Say = Callable[[Sequence[str]], None]
"""Is told what the user should know before training starts, and when it is over."""


@dataclass(frozen=True, slots=True)
class Session:
    """A training to carry out.

    Attributes
    ----------
    order : Order
        What to train.
    inputs : Inputs
        What to learn from.
    pairs : PairSettings
        How recordings become patches.
    threads : int or None
        Threads on the CPU; None for one per core.
    restart : bool
        Whether to forget what an earlier training left in the order's folder.
    """

    order: Order
    inputs: Inputs
    pairs: PairSettings
    threads: int | None = None
    restart: bool = False

    def run(self, say: Say, watch: Watch) -> Model:
        """Check the inputs, train, and write the package; goes on where a killed one stands.

        Raises
        ------
        UsageError
            If inputs, settings or the folder are wrong: before any training.
        """
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        order = self._settled()
        pairs = self.pairs
        if order.direction != "none":  # patches are not turned then: the noise would turn with them
            pairs = replace(pairs, along=NOISE_AXES[order.direction])
        self._open_folder(order)
        supplied = supply(order.method, self.inputs, pairs)
        say(supplied.source.notes)
        outcome = train_network(
            order,
            supplied.source,
            watch,
            noise=supplied.noise,
            target_noise=supplied.target_noise,
            given=identify(self.inputs, pairs, supplied.source.units),
        )
        say([PACKING])
        model = pack(order, supplied.source, outcome, checksums(self.inputs.paths))
        _write_report(order, outcome, model)
        say(_gained(outcome))
        return model

    def _settled(self) -> Order:
        """Return the order with the direction of the noise found where it was not given."""
        order = self.order
        if order.method.name != "structn2v" or order.direction != "none":
            return order
        self.inputs.check(order.method)
        return replace(order, direction=find_direction(self.inputs.recordings, self.pairs.channel))

    def _open_folder(self, order: Order) -> None:
        try:
            order.out.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError, PermissionError) as error:
            raise ConfigError(
                f"--out {order.out} cannot be a folder ({error}): give another"
            ) from error
        if self.restart:
            forget(order)


def _gained(outcome: Outcome) -> list[str]:
    """Say of each network whether training made validation better, and by how much."""
    return [f"{name}: {_gain(each)}" for name, each in outcome.trainings.items()]


def _gain(trained: Trained) -> str:
    if trained.share == 0:
        return (
            "training made validation no better, so the model is the one that it began with; "
            "give it more --minutes or more recordings, or say --start none"
        )
    since, first = "before training", trained.began
    if first is None:  # from random weights, which say nothing
        since, first = "at its first check", trained.curve[0].validation
    values = f"({first:.4f} {since}, {trained.validation:.4f} now)"
    if trained.validation >= first:
        return f"validation got no better {values}; give it more --minutes or more recordings"
    if trained.validation <= 0:  # a likelihood's loss may be anything, and has no per cents
        return f"validation got better {values}"
    return f"validation got {100 * (1 - trained.validation / first):.3g} % better {values}"


def _write_report(order: Order, outcome: Outcome, model: Model) -> None:
    """Write what a training came to beside its checkpoints."""
    told = {
        "order": order.identity(),
        "model": FOLDER_NAME,
        "model_sha256": model.sha256,
        "trainings": {
            name: {
                "steps": each.steps,
                "best_step": each.best_step,
                "share_of_the_way": each.share,
                "seconds": round(each.seconds, 1),
                "validation_loss": each.validation,
                "stopped_early": each.stopped_early,
                "curve": [point.as_row() for point in each.curve],
            }
            for name, each in outcome.trainings.items()
        },
    }
    text = json.dumps(told, indent=2) + "\n"
    (order.out / REPORT_NAME).write_text(text, encoding="utf-8", newline="\n")
