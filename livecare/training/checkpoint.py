"""Checkpoints: everything that a training needs to go on where it was killed.

A checkpoint is written beside the old one and then takes its place at once, so that a kill at any
moment leaves a whole one. It holds tensors, numbers and text alone: loading it runs no code.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError  # noqa: TID251 - the error alone
from typing import Any, Final

import numpy as np
import torch

from livecare.disk import replace_file
from livecare.errors import ConfigError, UsageError

FILE_NAME: Final = "checkpoint.pt"
FORMAT: Final = 2
"""Raised when older checkpoints can no longer be read."""


def save_checkpoint(folder: Path, settings: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write a checkpoint, or leave the old one if anything fails.

    Parameters
    ----------
    folder : Path
        Of this training; exists.
    settings : mapping
        What must be the same when training goes on: JSON values.
    state : mapping
        Tensors, numbers, text, and lists and dictionaries of them.

    Raises
    ------
    UsageError
        If the folder does not take it.
    """
    file = folder / FILE_NAME
    content = io.BytesIO()
    torch.save({"format": FORMAT, "settings": json.dumps(settings), "state": state}, content)
    try:
        replace_file(file, content.getvalue())
    except OSError as error:
        raise UsageError(
            f"cannot write {file} ({error}): make room there; the same command then goes on from "
            "the last checkpoint"
        ) from error


def load_checkpoint(folder: Path, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the state that a training with these settings left, None if there is no checkpoint.

    Raises
    ------
    ConfigError
        If it cannot be read, or was made with other settings: names the first that differs.
    """
    file = folder / FILE_NAME
    if not file.exists():
        return None
    try:
        found = torch.load(file, weights_only=True, map_location="cpu")
        then, version = json.loads(found["settings"]), found["format"]
        state = dict(found["state"])
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, UnpicklingError) as e:
        raise ConfigError(
            f"{file} cannot be read ({type(e).__name__}): begin anew with --restart, or give "
            "another --out"
        ) from e
    if version != FORMAT:
        raise ConfigError(
            f"{file} was written by another version of livecare (format {version}, this one reads "
            f"{FORMAT}): begin anew with --restart, or give another --out"
        )
    _check_same(file, then, json.loads(json.dumps(settings)))
    return state


def remove_checkpoint(folder: Path) -> None:
    """Forget what an earlier training left in this folder."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def _check_same(file: Path, then: dict[str, Any], now: dict[str, Any]) -> None:
    for name in dict.fromkeys((*now, *then)):
        if then.get(name) != now.get(name):
            raise ConfigError(
                f"{file} comes from a training whose {name} was {then.get(name)!r}, not "
                f"{now.get(name)!r}: give the same settings to go on, --restart to begin anew, or "
                "another --out"
            )


def generator_state(rng: np.random.Generator) -> str:
    """Return the state of a random generator as text."""
    return json.dumps(rng.bit_generator.state)


def restore_generator(rng: np.random.Generator, state: str) -> None:
    """Set a random generator to a state of `generator_state`."""
    rng.bit_generator.state = json.loads(state)
