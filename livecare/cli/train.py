"""`livecare train`: a restoration model from a user's own recordings."""

import inspect
import os
from typing import Any

import typer

from livecare.cli.training_options import TrainOptions


def train(**given: Any) -> None:  # noqa: ANN401 each option has its own type
    """Train a model on your recordings; a killed training goes on with the same command."""
    options = TrainOptions(**given)
    _prepare_torch()
    from livecare.cli.training_progress import TrainingProgress
    from livecare.cli.training_session import make_session

    session = make_session(options)
    with TrainingProgress() as progress:
        model = session.run(progress.say, progress.show)
    typer.echo(
        f"{model.folder}: {model.name}, halo {model.halo_px} px. Try it with\n"
        f"  livecare restore RECORDING RESTORED --model {model.folder}"
    )


# The command's parameters are the options' fields, so that each option is written down once.
train.__signature__ = inspect.signature(TrainOptions)  # type: ignore[attr-defined]


def _prepare_torch() -> None:
    """Load torch, its waiting threads giving their core away: others may use the machine, too.

    With busy waiting, two threads on a machine with a second program train ten times slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from livecare.errors import MissingExtraError

    try:
        import torch  # noqa: F401 asked for here, used far below
    except ImportError as error:
        raise MissingExtraError("torch", "train", "livecare train") from error
