"""What `config.json` of a CSBDeep or Noise2Void model says, and which models cannot be taken."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from livecare.errors import ModelError

MAX_BYTES: Final = 1 << 20
"""A configuration has a kilobyte."""


@dataclass(frozen=True, slots=True)
class CsbdeepConfig:
    """The keys of a configuration that matter here.

    Attributes
    ----------
    file : Path
        Where it was read from.
    noise2void : bool
        Whether n2v wrote it; otherwise CSBDeep did.
    residual, probabilistic, top_skip : bool
        As in `livecare.importers.keras_unet.KerasUNet`.
    last_activation : str
        "linear" or "relu".
    window : tuple of float or None
        Camera counts that become 0 and 1, as n2v keeps them: mean, and mean plus one standard
        deviation, of the training data.
    content : mapping
        Everything.
    """

    file: Path
    noise2void: bool
    residual: bool
    probabilistic: bool
    top_skip: bool
    last_activation: str
    window: tuple[float, float] | None
    content: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read and check a `config.json`.

        Raises
        ------
        ModelError
            If it cannot be read, or describes a model that livecare cannot take; says why.
        """
        content = _as_of_late(_read_json(file))
        _refuse_others(file, content)
        noise2void = "means" in content
        _refuse_channels(file, content, noise2void=noise2void)
        return cls(
            file=file,
            noise2void=noise2void,
            residual=_flag(file, content, "unet_residual"),
            probabilistic=_flag(file, content, "probabilistic", default=False),
            top_skip=not _flag(file, content, "skip_skipone", default=False),
            last_activation=_activation(file, content),
            window=_window(file, content) if noise2void else None,
            content=content,
        )


def _read_json(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ModelError(f"{file} has more than {MAX_BYTES} bytes: it is no configuration")
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{file} cannot be read as JSON ({error}): copy the model folder again"
        ) from error
    if not isinstance(content, dict):
        raise ModelError(f"{file} holds no keys and values: copy the model folder again")
    return content


def _as_of_late(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the first versions of n2v wrote, one mean for all, as later ones write it."""
    if "means" in content or "mean" not in content:
        return content
    of_late = {"means": [content["mean"]], "stds": [content.get("std")]}
    return content | of_late | {"single_net_per_channel": False}


def _refuse_others(file: Path, content: Mapping[str, Any]) -> None:
    """Refuse what CSBDeep's relatives write and is no restoration U-Net."""
    if any(key in content for key in ("n_rays", "grid")):
        raise ModelError(
            f"{file} describes a StarDist model: it outlines objects and restores nothing"
        )
    if any(key.startswith("proj_") for key in content):
        raise ModelError(
            f"{file} describes a projection model, which turns a stack into one image: livecare "
            "restores frames to frames of the same size"
        )
    if "n_channel_in" not in content or "unet_residual" not in content:
        raise ModelError(
            f"{file} is no configuration of CSBDeep or Noise2Void: it lacks 'n_channel_in' or "
            "'unet_residual'"
        )


def _refuse_channels(file: Path, content: Mapping[str, Any], *, noise2void: bool) -> None:
    """Refuse several channels; those of n2v's separate nets are wrong, which users should know."""
    channels = (content["n_channel_in"], content.get("n_channel_out", content["n_channel_in"]))
    if channels == (1, 1):
        return
    if noise2void and content.get("single_net_per_channel", True):
        raise ModelError(
            f"{file} describes a Noise2Void model of {channels[0]} channels with "
            "'single_net_per_channel'. n2v (seen in 0.3.3) builds these wrongly: the functions that"
            " pick each network's channel all look up the loop's last number when they run, so "
            "every network reads the LAST channel, and what it gives for the others was made from "
            "the wrong one. Train one model per channel on that channel alone "
            "(livecare train --method n2v), and do not use this model's results for the others"
        )
    raise ModelError(
        f"{file} describes a model of {channels[0]} input and {channels[1]} output channels: "
        "livecare restores one channel at a time. Train one model per channel"
    )


def _flag(file: Path, content: Mapping[str, Any], key: str, *, default: bool | None = None) -> bool:
    value = content.get(key, default)
    if not isinstance(value, bool):
        raise ModelError(f"{file}: the key '{key}' is {value!r}, neither true nor false")
    return value


def _activation(file: Path, content: Mapping[str, Any]) -> str:
    name = content.get("unet_last_activation", "linear")
    if name not in ("linear", "relu"):
        raise ModelError(
            f"{file}: the key 'unet_last_activation' is {name!r}; livecare imports 'linear' and "
            "'relu'"
        )
    return str(name)


def _window(file: Path, content: Mapping[str, Any]) -> tuple[float, float]:
    """Return mean and mean plus standard deviation of the training data."""
    try:
        mean, std = float(content["means"][0]), float(content["stds"][0])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelError(
            f"{file}: the keys 'means' and 'stds' (once 'mean' and 'std') are no numbers: {error}"
        ) from error
    if not (math.isfinite(mean) and math.isfinite(std) and std > 0):
        raise ModelError(
            f"{file}: the mean is {mean} and the standard deviation {std}; they must be finite and "
            "the latter above 0"
        )
    return mean, mean + std
