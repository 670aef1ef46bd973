"""CAREamics' checkpoints, and its state dicts with a `careamics.yaml` beside them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from livecare.errors import ModelError
from livecare.importers.candidate import CARE_PAPER, N2V_PAPER, Candidate
from livecare.importers.known_unets import State, build_known_unet
from livecare.importers.onnx_edit import append_steps
from livecare.importers.processing import Affine
from livecare.importers.torch_weights import read_checkpoint, tensors
from livecare.importers.windows import convert
from livecare.models.description import read_yaml
from livecare.models.writer import OPERATOR_SET

WEIGHTS_SUFFIXES: Final = (".pth", ".pt")
STD_EPSILON, RANGE_EPSILON = 1e-6, 1e-8
"""Added by CAREamics to a standard deviation and to a range before it divides by them."""

Pair = tuple[float, float]


def import_checkpoint(file: Path) -> Candidate:
    """Read a `.ckpt` as CAREamics' training writes it.

    Raises
    ------
    ModelError
        If it is damaged, holds more than weights and values, or is another program's.
    """
    content = read_checkpoint(file)
    algorithm = _get(content, file, "hyper_parameters", "algorithm_config")
    states = _get(content, file, "state_dict")
    data = _get(content, file, "datamodule_hyper_parameters", "data_config")
    return _candidate(file, tensors(states, "model."), algorithm, data)


def import_export(folder: Path, config: Path) -> Candidate:
    """Read a folder that holds a state dict and its configuration.

    Raises
    ------
    ModelError
        If there is not one state dict, or it does not fit the configuration.
    """
    weights = [file for file in sorted(folder.iterdir()) if file.suffix in WEIGHTS_SUFFIXES]
    if len(weights) != 1:
        raise ModelError(
            f"{folder} holds {len(weights)} files of weights ({', '.join(WEIGHTS_SUFFIXES)}): leave"
            " the one that belongs to the configuration"
        )
    content = read_yaml(config)
    algorithm = _get(content, config, "algorithm_config")
    data = _get(content, config, "data_config")
    return _candidate(config, tensors(read_checkpoint(weights[0])), algorithm, data)


def _candidate(
    file: Path, state: State, algorithm: Mapping[str, Any], data: Mapping[str, Any]
) -> Candidate:
    settings = _get(algorithm, file, "model")
    if settings.get("architecture", "UNet") != "UNet":
        raise ModelError(
            f"{file} describes a network '{settings['architecture']}': livecare imports CAREamics' "
            "UNet"
        )
    network = build_known_unet(state, settings)
    before, after = _affines(file, data)
    conversion = convert([before], [after], next(iter(state.values())))
    dimensions = state["final_conv.weight"].ndim - 2
    method = str(algorithm.get("algorithm", "UNet"))
    return Candidate(
        kind=f"CAREamics {method} {dimensions}D",
        network=append_steps(network, conversion.behind),
        axes="zyx"[-dimensions:],
        opset_version=OPERATOR_SET,
        normalisation=conversion.normalisation,
        window=conversion.window,
        at_least_multiple_of=2 ** int(settings.get("depth", 1)),
        said={"algorithm": method, "model": dict(settings)},
        description="Restores fluorescence frames like those that it was trained on.",
        cite=(N2V_PAPER,) if method.startswith(("n2v", "pn2v")) else (CARE_PAPER,),
    )


def _affines(file: Path, data: Mapping[str, Any]) -> tuple[Affine, Affine]:
    """Return the way from camera counts to network units, and the way back to counts."""
    given, wanted = _statistics(file, data)
    before = Affine(1 / given[1], -given[0] / given[1])
    return before, Affine(wanted[1], wanted[0])


def _statistics(file: Path, data: Mapping[str, Any]) -> tuple[Pair, Pair]:
    """Return zero point and spread of the input and of the target, camera counts."""
    keys = data.get("normalization")
    if keys is None:  # CAREamics before 0.2 kept them here
        old = {
            "input_means": data.get("image_means"),
            "input_stds": data.get("image_stds"),
            "target_means": data.get("target_means"),
            "target_stds": data.get("target_stds"),
        }
        keys = {"name": "mean_std", **old}
    name = keys.get("name")
    if name == "none":
        return (0.0, 1.0), (0.0, 1.0)
    names = {
        "mean_std": ("means", "stds"),
        "quantile": ("lower_quantile_values", "upper_quantile_values"),
        "min_max": ("mins", "maxes"),
    }
    if name not in names:
        raise ModelError(f"{file} normalises by '{name}', which livecare does not know")
    given = _pair(file, keys, "input", names[name])
    if given is None:
        raise ModelError(
            f"{file} keeps no statistics of its training data: save the model after training"
        )
    if keys.get("skip_target", False):
        return given, (0.0, 1.0)
    return given, _pair(file, keys, "target", names[name]) or given


def _pair(file: Path, keys: Mapping[str, Any], prefix: str, names: tuple[str, str]) -> Pair | None:
    """Return zero point and spread, or None where they were not kept."""
    values: list[Any] = [keys.get(f"{prefix}_{name}") for name in names]
    if any(each is None or each == [] for each in values):
        return None
    if any(len(each) != 1 for each in values if isinstance(each, list)):
        raise ModelError(
            f"{file} has statistics of several channels: livecare restores one channel at a time"
        )
    try:
        low, high = (float(each[0] if isinstance(each, list) else each) for each in values)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{file}: the statistics {values} are no numbers") from error
    spread = high + STD_EPSILON if names[1] == "stds" else high - low + RANGE_EPSILON
    if not 0 < spread < float("inf"):
        raise ModelError(f"{file}: the statistics {values} leave no spread")
    return low, spread


def _get(content: Mapping[str, Any], file: Path, *keys: str) -> dict[str, Any]:
    value: Any = content
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, dict):
        raise ModelError(
            f"{file} lacks '{'.'.join(keys)}': it is no checkpoint or export of CAREamics. Use "
            "CAREamics' export_to_bmz and import that zip"
        )
    return value
