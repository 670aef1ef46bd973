"""Other people's BioImage.IO packages, from whichever of their weights can be taken safely."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import MissingExtraError, ModelError
from livecare.importers.candidate import Candidate, Golden
from livecare.importers.known_unets import build_known_unet
from livecare.importers.network import Network
from livecare.importers.onnx_edit import append_steps, free_sizes, operator_set, rename_input
from livecare.importers.processing import Sigmoid, apply_steps
from livecare.importers.torch_weights import read_checkpoint, tensors, torchscript_to_onnx
from livecare.importers.windows import Conversion, convert
from livecare.importers.zoo_description import ZooDescription
from livecare.models.library import library_folder

Values = NDArray[np.float32]

FORMATS: Final = ("onnx", "torchscript", "pytorch_state_dict")
"""Formats of weights that can be taken, the surest first."""


def import_package(file: Path, weights: str | None) -> Candidate:
    """Read a package from its description file.

    Parameters
    ----------
    file : Path
        `rdf.yaml` or `bioimageio.yaml`.
    weights : str or None
        One of `FORMATS`; None for the first that can be taken.

    Raises
    ------
    ModelError
        If it is a package of livecare's own, no weights can be taken, or the test output is missed.
    """
    description = ZooDescription.read(file)
    _refuse_own(description)
    raw, expected = description.test_tensors()
    _check_channels(file, raw, expected)
    chosen, network = _network(description, weights, raw.shape)
    made = apply_steps(
        description.after, Network(network).run(apply_steps(description.before, raw))
    )
    difference = _compare(description, chosen, made, expected)
    conversion = convert(description.before, description.after, raw)
    finished = append_steps(network, conversion.behind)
    content = description.content
    return Candidate(
        kind=f"BioImage.IO {content['format_version']}, {chosen}",
        network=finished,
        axes=description.axes,
        opset_version=operator_set(finished),
        normalisation=conversion.normalisation,
        window=conversion.window,
        golden=Golden(raw, difference),
        at_least_multiple_of=description.at_least_multiple_of,
        notes=_notes(conversion),
        said={key: content[key] for key in ("name", "id", "version") if key in content},
        description=str(content.get("description", "")),
        licence=content.get("license"),
        authors=_names(content.get("authors")),
        cite=_cited(content.get("cite")),
    )


def _refuse_own(description: ZooDescription) -> None:
    """Refuse what livecare wrote: its units stand where other tools do not look for them."""
    config = description.content.get("config")
    ours = config.get("livecare") if isinstance(config, dict) else None
    if isinstance(ours, dict) and "normalisation" in ours:
        raise ModelError(
            f"{description.folder} is a package of livecare's own: it needs no import. Give the "
            "path of the folder or .zip as the model, or copy the folder into your library of "
            f"models, {library_folder()}"
        )


def _network(
    description: ZooDescription, weights: str | None, shape: tuple[int, ...]
) -> tuple[str, bytes]:
    """Return the format that was taken and its network as ONNX, for frames of any size."""
    if weights is not None and weights not in FORMATS:
        raise ModelError(f"there is no weights format '{weights}': choose of {', '.join(FORMATS)}")
    wanted = (weights,) if weights else FORMATS
    refused = []
    for name in wanted:
        if name not in description.weights:
            continue
        try:
            return name, _read_weights(description, name, shape)
        except (ModelError, MissingExtraError) as error:
            if weights is not None:
                raise
            refused.append(f"{name}: {error}")
    held = ", ".join(description.weights) or "none"
    raise ModelError(
        f"{description.folder} has no weights that livecare can take (it has {held}; it takes "
        f"{', '.join(wanted)}). " + "; ".join(refused)
    )


def _read_weights(description: ZooDescription, name: str, shape: tuple[int, ...]) -> bytes:
    keys = description.weights[name]
    file = description.file_of(keys.get("source"), keys.get("sha256"))
    if name == "onnx":
        return rename_input(free_sizes(file.read_bytes()))
    if name == "torchscript":
        return torchscript_to_onnx(file, shape)
    return build_known_unet(tensors(read_checkpoint(file)), _settings(keys))


def _settings(keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments that the network was made with."""
    architecture = keys.get("architecture")
    held = architecture.get("kwargs") if isinstance(architecture, dict) else keys.get("kwargs")
    return held if isinstance(held, dict) else {}


def _check_channels(file: Path, raw: Values, expected: Values) -> None:
    if raw.ndim != expected.ndim or raw.shape[0] != 1:
        raise ModelError(f"{file}: the test tensors have the shapes {raw.shape}, {expected.shape}")
    if raw.shape[1] != 1 or expected.shape[1] != 1:
        raise ModelError(
            f"{file} describes a model of {raw.shape[1]} input and {expected.shape[1]} output "
            "channels: livecare restores one channel at a time"
        )
    if raw.shape[2:] != expected.shape[2:]:
        raise ModelError(
            f"{file} describes a model that turns {raw.shape[2:]} pixels into {expected.shape[2:]}:"
            " livecare restores frames to frames of the same size"
        )


def _compare(
    description: ZooDescription, weights_format: str, made: Values, expected: Values
) -> float:
    """Return the largest difference from the test output; ModelError beyond the tolerance."""
    if made.shape != expected.shape:
        raise ModelError(f"{description.folder}: the test output is {made.shape}, not as described")
    relative, absolute = description.tolerance(weights_format, float(np.abs(expected).max()))
    difference = np.abs(made.astype(np.float64) - expected)
    missed = ~(difference <= absolute + relative * np.abs(expected))  # NaN is missed too
    if missed.any():
        raise ModelError(
            f"{description.folder}: the weights in the format {weights_format} miss the package's "
            f"own test output by up to {float(difference.max()):.3g} at {int(missed.sum())} of "
            f"{missed.size} values (allowed: {absolute:g} + {relative:g} of the value). The model "
            "is refused: ask its authors, or try other weights with --weights"
        )
    return float(difference.max())


def _notes(conversion: Conversion) -> tuple[str, ...]:
    squashed = any(isinstance(step, Sigmoid) for step in conversion.behind)
    probability = "Its output is a probability between 0 and 1, not a restored intensity."
    return tuple(note for note in (conversion.note, probability * squashed) if note)


def _names(authors: Any) -> tuple[str, ...]:  # noqa: ANN401 whatever the file says
    listed = authors if isinstance(authors, list) else []
    return tuple(str(each["name"]) for each in listed if isinstance(each, dict) and "name" in each)


def _cited(cite: Any) -> tuple[Mapping[str, str], ...]:  # noqa: ANN401 as above
    listed = cite if isinstance(cite, list) else []
    return tuple(
        {key: str(each[key]) for key in ("text", "doi", "url") if each.get(key)}
        for each in listed
        if isinstance(each, dict)
    )
