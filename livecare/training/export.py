"""Model packages: which files a trained network is packed into, and what its description says."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from torch import nn

from livecare.models.normalise import HIGH_PERCENTILE, LOW_PERCENTILE, IntensityWindow
from livecare.models.package import NORMALISATION_KIND, Model
from livecare.training.cover import before_after
from livecare.training.onnx_file import INPUT_NAME, OPERATOR_SET, OUTPUT_NAME, write_onnx
from livecare.training.train import restore_frame

FORMAT_VERSION = "0.5.4"
"""BioImage.IO model specification that the description is written to."""
DESCRIPTION_FILE = "bioimageio.yaml"
TEST_SIDE = 128
"""Rows and columns of the test tensors, pixels; larger than two halos."""
TOLERANCE = 1e-4
"""How far, in window units, an engine's test output may lie from torch's: a tenth of a count at
a window a thousand counts wide."""
CARE_PAPER = {
    "text": "Weigert et al., Content-aware image restoration, Nature Methods 2018",
    "doi": "10.1038/s41592-018-0216-7",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What a package says about its model, for people.

    Attributes
    ----------
    name, description : str
        What it is called and what it does, each in a line.
    document : str
        README.md: what it was trained on and what it is not for.
    provenance : mapping
        Script, settings, data and versions of the training; YAML values only.
    """

    name: str
    description: str
    document: str
    provenance: Mapping[str, Any]


def write_package(
    network: nn.Module,
    *,
    multiple_of: int,
    halo_px: int,
    test_frame: NDArray[np.float32],
    card: Card,
    folder: Path,
) -> Model:
    """Write a BioImage.IO package and load it again.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode; maps (n, 1, y, x) in window units to the same.
    multiple_of, halo_px : int
        Stride and measured reach of the network, pixels.
    test_frame : array, shape (TEST_SIDE, TEST_SIDE), float32
        A raw frame in camera counts, for the test tensors and the cover.
    card : Card
        What the package says about the model.
    folder : Path
        Where to write; made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    normalised = np.empty_like(test_frame)
    IntensityWindow.from_frames([test_frame]).normalise(test_frame, normalised)
    restored = restore_frame(network, normalised)
    np.save(folder / "test_input.npy", test_frame[np.newaxis, np.newaxis])
    np.save(folder / "test_output.npy", restored[np.newaxis, np.newaxis])
    (folder / "cover.png").write_bytes(before_after(normalised, restored))
    (folder / "README.md").write_text(card.document, encoding="utf-8", newline="\n")
    write_onnx(network, multiple_of, folder / "model.onnx")
    described = _describe(folder, card, multiple_of, halo_px)
    text = yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=100)
    (folder / DESCRIPTION_FILE).write_text(text, encoding="utf-8", newline="\n")
    return Model.load(folder)


def _describe(folder: Path, card: Card, multiple_of: int, halo_px: int) -> dict[str, Any]:
    """Return the keys of the description file."""
    return {
        "type": "model",
        "format_version": FORMAT_VERSION,
        "name": card.name,
        "description": card.description,
        "documentation": "README.md",
        "covers": ["cover.png"],
        "authors": [{"name": "the livecare developers"}],
        "license": "BSD-3-Clause",
        "cite": [CARE_PAPER],
        "tags": ["2d", "denoising", "fluorescence-light-microscopy", "low-light", "unet"],
        "inputs": [_input(folder, multiple_of)],
        "outputs": [_output(folder, halo_px)],
        "weights": {"onnx": {**_file(folder, "model.onnx"), "opset_version": OPERATOR_SET}},
        "config": {
            "bioimageio": {"reproducibility_tolerance": [{"absolute_tolerance": TOLERANCE}]},
            "livecare": _addition(card, multiple_of, halo_px),
        },
    }


def _addition(card: Card, multiple_of: int, halo_px: int) -> dict[str, Any]:
    """Return what livecare adds to the description."""
    return {
        "normalisation": {
            "kind": NORMALISATION_KIND,
            "low_percentile": LOW_PERCENTILE,
            "high_percentile": HIGH_PERCENTILE,
        },
        "multiple_of": multiple_of,
        "halo_px": halo_px,
        "provenance": dict(card.provenance),
    }


def _input(folder: Path, multiple_of: int) -> dict[str, Any]:
    """Describe the raw frame; for other tools, the window is that of the frame itself."""
    size = {"min": TEST_SIDE, "step": multiple_of}
    to_window = {
        "axes": ["batch", "channel", "y", "x"],
        "min_percentile": LOW_PERCENTILE,
        "max_percentile": HIGH_PERCENTILE,
    }
    return {
        "id": INPUT_NAME,
        "description": "A raw frame in camera counts.",
        "axes": [
            {"type": "batch"},
            {"type": "channel", "channel_names": ["intensity"]},
            *({"type": "space", "id": axis, "size": size} for axis in "yx"),
        ],
        "data": {"type": "float32"},
        "preprocessing": [{"id": "scale_range", "kwargs": to_window}],
        "test_tensor": _file(folder, "test_input.npy"),
    }


def _output(folder: Path, halo_px: int) -> dict[str, Any]:
    """Describe the restored frame, which has the size of the raw one."""
    return {
        "id": OUTPUT_NAME,
        "description": "The restored frame; 0 and 1 are the percentiles of the raw frame.",
        "axes": [
            {"type": "batch"},
            {"type": "channel", "channel_names": ["intensity"]},
            *(
                {
                    "type": "space",
                    "id": axis,
                    "size": {"tensor_id": INPUT_NAME, "axis_id": axis},
                    "halo": halo_px,
                }
                for axis in "yx"
            ),
        ],
        "data": {"type": "float32"},
        "test_tensor": _file(folder, "test_output.npy"),
    }


def _file(folder: Path, name: str) -> dict[str, str]:
    """Name a file of the package with its checksum."""
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return {"source": name, "sha256": digest}
