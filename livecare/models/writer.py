"""Writing model packages: which files one has and what its description says.

Training and importing both end here, so that every package of livecare looks alike and passes
BioImage.IO's own checker. Nothing here runs a network.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from livecare.models.package import Model
from livecare.models.window import HIGH_PERCENTILE, LOW_PERCENTILE

FORMAT_VERSION: Final = "0.5.4"
"""BioImage.IO model specification that the description is written to."""
DESCRIPTION_FILE: Final = "bioimageio.yaml"
WEIGHTS_FILE: Final = "model.onnx"
TEST_INPUT_FILE: Final = "test_input.npy"
TEST_OUTPUT_FILE: Final = "test_output.npy"
COVER_FILE: Final = "cover.png"
DOCUMENT_FILE: Final = "README.md"
OPERATOR_SET: Final = 17
"""ONNX operators that livecare writes: the newest set that TensorRT 8.6 reads."""
INPUT_NAME: Final = "raw"
OUTPUT_NAME: Final = "restored"
"""Names of the tensors, in the ONNX file and in the description."""
TOLERANCE: Final = 1e-4
"""How far, in network units, an engine's test output may lie from the package's: a tenth of a
count at a window a thousand counts wide."""
NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_+\- ()]+")
MOST_OF_A_NAME: Final = 128
"""What BioImage.IO allows in no name of a model, and how many characters it allows."""


@dataclass(frozen=True, slots=True)
class PackageSpec:
    """What a package says about its model.

    Attributes
    ----------
    name, description : str
        What it is called and what it does, each in a line. BioImage.IO wants names of 5 to 128
        letters, digits, blanks and `_+-()`: see `title`.
    document : str
        README.md: what it was trained on and what it is not for.
    normalisation : tuple of (str, float, float)
        Kind ("fixed", "ema", "per-frame" or "anscombe"), and the percentiles that become 0 and 1;
        "anscombe" needs none and ignores them.
    window : tuple of float or None
        Camera counts that become 0 and 1, for a model that was trained with one window for all its
        frames; then the percentiles are not used. Only with the kind "fixed".
    axes : str
        "yx" or "zyx".
    multiple_of, halo_px : int or tuple of int
        Stride and measured reach of the network, pixels; one per axis for "zyx".
    outputs : tuple of str
        What the output's channels are: ("estimate",) or ("estimate", "scale").
    provenance : mapping
        Where the weights come from; YAML values only.
    licence : str or None
        SPDX name; None where the source names none.
    authors : sequence of str
        Names.
    cite : sequence of mapping
        `text` and `doi` or `url` of each publication.
    tags : sequence of str
        For searching.
    tolerance : float
        How far the test output may be missed, network units.
    cover : bytes or None
        A PNG, if there is one.
    opset_version : int
        ONNX operators that the network uses.
    """

    name: str
    description: str
    document: str
    provenance: Mapping[str, Any]
    multiple_of: int | tuple[int, ...]
    halo_px: int | tuple[int, ...]
    normalisation: tuple[str, float, float] = ("fixed", LOW_PERCENTILE, HIGH_PERCENTILE)
    window: tuple[float, float] | None = None
    axes: str = "yx"
    outputs: tuple[str, ...] = ("estimate",)
    licence: str | None = None
    authors: Sequence[str] = ()
    cite: Sequence[Mapping[str, str]] = ()
    tags: Sequence[str] = field(default=("denoising", "fluorescence-light-microscopy"))
    tolerance: float = TOLERANCE
    cover: bytes | None = None
    opset_version: int = OPERATOR_SET


def title(name: str, kind: str) -> str:
    """Return a name of a model that says its kind, within the letters that BioImage.IO allows."""
    return NOT_IN_NAMES.sub(" ", f"{name} ({kind})")[:MOST_OF_A_NAME].strip()


def write_package(
    folder: Path,
    spec: PackageSpec,
    onnx_bytes: bytes,
    test_input: NDArray[np.float32],
    test_output: NDArray[np.float32],
) -> Model:
    """Write a BioImage.IO package and load it again.

    Parameters
    ----------
    folder : Path
        Where to write; made if it is missing.
    spec : PackageSpec
        What the package says.
    onnx_bytes : bytes
        The network: float32 (n, 1, [z,] y, x) in network units to (n, outputs, [z,] y, x).
    test_input : array, shape (1, 1, [z,] y, x), float32
        Camera counts; network units where the kind is "anscombe".
    test_output : array, shape (1, outputs, [z,] y, x), float32
        What the network makes of the normalised test input, network units.

    Raises
    ------
    ModelError
        If the package that was written cannot be loaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS_FILE).write_bytes(onnx_bytes)
    np.save(folder / TEST_INPUT_FILE, np.asarray(test_input, np.float32))
    np.save(folder / TEST_OUTPUT_FILE, np.asarray(test_output, np.float32))
    (folder / DOCUMENT_FILE).write_text(spec.document, encoding="utf-8", newline="\n")
    if spec.cover is not None:
        (folder / COVER_FILE).write_bytes(spec.cover)
    described = _describe(folder, spec, test_input.shape[2:])
    text = yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=100)
    (folder / DESCRIPTION_FILE).write_text(text, encoding="utf-8", newline="\n")
    return Model.load(folder)


def _describe(folder: Path, spec: PackageSpec, test_sides: tuple[int, ...]) -> dict[str, Any]:
    """Return the keys of the description file."""
    optional: dict[str, Any] = {
        "covers": [COVER_FILE] if spec.cover is not None else None,
        "authors": [{"name": name} for name in spec.authors],
        "license": spec.licence,
        "cite": [dict(each) for each in spec.cite],
    }
    weights = {**_file(folder, WEIGHTS_FILE), "opset_version": spec.opset_version}
    return {
        "type": "model",
        "format_version": FORMAT_VERSION,
        "name": spec.name,
        "description": spec.description,
        "documentation": DOCUMENT_FILE,
        **{key: value for key, value in optional.items() if value},
        "tags": list(spec.tags),
        "inputs": [_input(folder, spec, test_sides)],
        "outputs": [_output(folder, spec, test_sides)],
        "weights": {"onnx": weights},
        "config": {
            "bioimageio": {"reproducibility_tolerance": [{"absolute_tolerance": spec.tolerance}]},
            "livecare": _addition(spec),
        },
    }


def _addition(spec: PackageSpec) -> dict[str, Any]:
    """Return what livecare adds to the description."""
    kind, low, high = spec.normalisation
    normalisation: dict[str, Any] = {"kind": kind}
    if spec.window is not None:
        normalisation |= {"low": spec.window[0], "high": spec.window[1]}
    elif kind != "anscombe":
        normalisation |= {"low_percentile": low, "high_percentile": high}
    return {
        "normalisation": normalisation,
        "outputs": list(spec.outputs),
        "axes": spec.axes,
        "multiple_of": _plain(spec.multiple_of),
        "halo_px": _plain(spec.halo_px),
        "provenance": dict(spec.provenance),
    }


def _input(folder: Path, spec: PackageSpec, test_sides: tuple[int, ...]) -> dict[str, Any]:
    """Describe the raw frame; for other tools, a window of percentiles is each frame's own."""
    sizes = (
        {"min": side, "step": step}
        for side, step in zip(test_sides, _per_axis(spec.multiple_of, spec.axes), strict=True)
    )
    steps = _preprocessing(spec)
    return {
        "id": INPUT_NAME,
        "description": "A raw frame in camera counts." if steps else "A frame in noise units.",
        "axes": [
            {"type": "batch"},
            {"type": "channel", "channel_names": ["intensity"]},
            *(
                {"type": "space", "id": axis, "size": size}
                for axis, size in zip(spec.axes, sizes, strict=True)
            ),
        ],
        "data": {"type": "float32"},
        **({"preprocessing": steps} if steps else {}),
        "test_tensor": _file(folder, TEST_INPUT_FILE),
    }


def _preprocessing(spec: PackageSpec) -> list[dict[str, Any]]:
    """Return the way from camera counts to network units, where BioImage.IO has words for it."""
    kind, low, high = spec.normalisation
    if kind == "anscombe":
        return []
    if spec.window is not None:
        mean, std = spec.window[0], spec.window[1] - spec.window[0]
        return [{"id": "fixed_zero_mean_unit_variance", "kwargs": {"mean": mean, "std": std}}]
    to_window = {
        "axes": ["batch", "channel", *spec.axes],
        "min_percentile": low,
        "max_percentile": high,
    }
    return [{"id": "scale_range", "kwargs": to_window}]


def _output(folder: Path, spec: PackageSpec, test_sides: tuple[int, ...]) -> dict[str, Any]:
    """Describe the restored frame, which has the size of the raw one."""
    halos = zip(_per_axis(spec.halo_px, spec.axes), test_sides, strict=True)
    sizes = (  # BioImage.IO wants a halo to fit into the smallest input twice
        {"size": {"tensor_id": INPUT_NAME, "axis_id": axis}, "halo": min(halo, (side - 1) // 2)}
        for axis, (halo, side) in zip(spec.axes, halos, strict=True)
    )
    return {
        "id": OUTPUT_NAME,
        "description": "The restored frame in the units that the network sees.",
        "axes": [
            {"type": "batch"},
            {"type": "channel", "channel_names": list(spec.outputs)},
            *(
                {"type": "space", "id": axis, **size}
                for axis, size in zip(spec.axes, sizes, strict=True)
            ),
        ],
        "data": {"type": "float32"},
        "test_tensor": _file(folder, TEST_OUTPUT_FILE),
    }


def _per_axis(value: int | tuple[int, ...], axes: str) -> tuple[int, ...]:
    return (value,) * len(axes) if isinstance(value, int) else value


def _plain(value: int | tuple[int, ...]) -> int | list[int]:
    """Return what YAML can hold."""
    return value if isinstance(value, int) else list(value)


def _file(folder: Path, name: str) -> dict[str, str]:
    """Name a file of the package with its checksum."""
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return {"source": name, "sha256": digest}
