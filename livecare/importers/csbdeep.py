"""CSBDeep's and Noise2Void's model folders and exported zips, without TensorFlow."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from livecare.errors import ModelError
from livecare.importers.candidate import CARE_PAPER, N2V_PAPER, Candidate
from livecare.importers.csbdeep_config import CsbdeepConfig
from livecare.importers.keras_h5 import read_keras_h5
from livecare.importers.keras_unet import KerasUNet, Weights
from livecare.importers.tensor_bundle import read_tensor_bundle
from livecare.models.writer import OPERATOR_SET

CONFIG_FILE: Final = "config.json"
META_FILE: Final = "meta.json"
BUNDLE_INDEX: Final = "variables/variables.index"
WEIGHTS: Final = {"best": "weights_best.h5", "last": "weights_last.h5"}
"""Files that CSBDeep keeps: of the lowest validation loss, and of the last epoch."""
KINDS: Final = ("CARE",)
"""Types in `meta.json` that an export says enough of: Noise2Void's lacks the mean and deviation
that its frames are normalised with, which its folder has."""


def import_folder(folder: Path, weights: str | None) -> Candidate:
    """Read a model folder of CSBDeep or Noise2Void.

    Parameters
    ----------
    folder : Path
        Has `config.json` and a weights file.
    weights : str or None
        "best" or "last"; None for the best there is.

    Raises
    ------
    ModelError
        If a file is missing or damaged, or the model is none that livecare can run.
    """
    config = CsbdeepConfig.read(folder / CONFIG_FILE)
    file = _weights_file(folder, weights)
    network = KerasUNet(
        weights=read_keras_h5(file),
        residual=config.residual,
        probabilistic=config.probabilistic,
        last_activation=config.last_activation,
        top_skip=config.top_skip,
    )
    _check_shape(config, network, file)
    kept = {key: config.content[key] for key in sorted(config.content) if key.startswith("train_")}
    return _candidate(
        network,
        kind="Noise2Void" if config.noise2void else "CSBDeep CARE",
        window=config.window,
        said={"weights_file": file.name, "training": kept},
    )


def import_saved_model(folder: Path) -> Candidate:
    """Read an unpacked `TF_SavedModel.zip`, as CSBDeep exports for Fiji.

    Raises
    ------
    ModelError
        If a file is missing or damaged, or the model is none that livecare can run.
    """
    meta = _read_meta(folder / META_FILE)
    weights = by_layer(read_tensor_bundle(folder / BUNDLE_INDEX))
    network = KerasUNet(
        weights=weights,
        residual=True,
        probabilistic=bool(meta.get("probabilistic", False)),
    )
    note = (
        "The export does not say whether the network adds its input to its output; CSBDeep's "
        "default for one channel was taken: it does. An export may also hold the weights of the "
        "last epoch, not the best: import the model's own folder where you have it."
    )
    return _candidate(
        network, kind="CSBDeep CARE (SavedModel)", window=None, said={"meta": meta}, notes=(note,)
    )


def by_layer(tensors: Mapping[str, Any]) -> Weights:
    """Group tensors named `layer/array` by their layer."""
    layers: dict[str, dict[str, Any]] = {}
    for name, values in tensors.items():
        layer, slash, array = name.rpartition("/")
        if slash:
            layers.setdefault(layer, {})[array] = values
    return layers


def _candidate(
    network: KerasUNet,
    kind: str,
    window: tuple[float, float] | None,
    said: Mapping[str, Any],
    notes: tuple[str, ...] = (),
) -> Candidate:
    noise2void = window is not None
    return Candidate(
        kind=f"{kind} {network.dimensions}D" + (", probabilistic" * network.probabilistic),
        network=network.to_onnx(),
        axes="zyx"[-network.dimensions :],
        opset_version=OPERATOR_SET,
        outputs=("estimate", "scale") if network.probabilistic else ("estimate",),
        window=window,
        at_least_multiple_of=2**network.depth,
        notes=notes,
        said=said,
        description="Restores fluorescence frames like those that it was trained on.",
        cite=(CARE_PAPER, N2V_PAPER) if noise2void else (CARE_PAPER,),
    )


def _weights_file(folder: Path, weights: str | None) -> Path:
    if weights is not None and weights not in WEIGHTS:
        raise ModelError(
            f"there are no weights '{weights}' in a CSBDeep folder: choose {' or '.join(WEIGHTS)}"
        )
    names = [WEIGHTS[weights]] if weights else list(WEIGHTS.values())
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(
        f"{folder} has no {' or '.join(names)}: give a model folder whose training has ended"
    )


def _check_shape(config: CsbdeepConfig, network: KerasUNet, file: Path) -> None:
    """Check that the weights are those that the configuration describes."""
    found = {"n_dim": network.dimensions, "unet_n_depth": network.depth}
    for key, value in found.items():
        named = config.content.get(key, value)
        if named != value:
            raise ModelError(
                f"{config.file} says {key} = {named}, but the weights in {file.name} have {value}: "
                "the two files are not of one model"
            )


def _read_meta(file: Path) -> dict[str, Any]:
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
        kind, axes = str(meta["type"]), str(meta["axes"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file} cannot be read ({error}): livecare imports TF_SavedModel.zip as CSBDeep's "
            "export_TF() writes it"
        ) from error
    if kind not in KINDS:
        raise ModelError(
            f"{file} names the type '{kind}': livecare imports {' and '.join(KINDS)} exports; of "
            "Noise2Void, import the model's folder"
        )
    if axes.replace("C", "") not in ("YX", "ZYX"):
        raise ModelError(f"{file} names the axes '{axes}': livecare runs YX and ZYX")
    return dict(meta)
