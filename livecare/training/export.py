"""From a trained network to its model package."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from livecare.models import writer
from livecare.models.package import Model
from livecare.models.window import IntensityWindow
from livecare.models.writer import WEIGHTS_FILE, PackageSpec
from livecare.training.cover import before_after
from livecare.training.onnx_file import write_onnx
from livecare.training.train import restore_frame

TEST_SIDE = 128
"""Rows and columns of the test tensors, pixels; larger than two halos."""
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
    weights = folder / WEIGHTS_FILE
    write_onnx(network, multiple_of, weights)
    spec = PackageSpec(
        name=card.name,
        description=card.description,
        document=card.document,
        provenance=card.provenance,
        multiple_of=multiple_of,
        halo_px=halo_px,
        licence="BSD-3-Clause",
        authors=("the livecare developers",),
        cite=(CARE_PAPER,),
        tags=("2d", "denoising", "fluorescence-light-microscopy", "low-light", "unet"),
        cover=before_after(normalised, restored),
    )
    raw = test_frame[np.newaxis, np.newaxis]
    return writer.write_package(
        folder, spec, weights.read_bytes(), raw, restored[np.newaxis, np.newaxis]
    )
