"""What an importer hands over: a network and all that its source says about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.window import HIGH_PERCENTILE, LOW_PERCENTILE

Values = NDArray[np.float32]

CARE_PAPER: Final = {
    "text": "Weigert et al., Content-aware image restoration, Nature Methods 2018",
    "doi": "10.1038/s41592-018-0216-7",
}
N2V_PAPER: Final = {
    "text": "Krull et al., Noise2Void - learning denoising from single noisy images, CVPR 2019",
    "doi": "10.1109/CVPR.2019.00223",
}


@dataclass(frozen=True, slots=True)
class Golden:
    """Test tensors that came with the source.

    Attributes
    ----------
    raw : array, shape (1, 1, [z,] y, x)
        The test input, camera counts.
    max_difference : float
        Largest absolute difference between its test output and what the network here made of it,
        in the source's units.
    """

    raw: Values
    max_difference: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network and what its source says about it, before it becomes a package.

    Attributes
    ----------
    kind : str
        What it was, for people, as "CSBDeep CARE".
    network : bytes
        The ONNX file.
    axes : str
        "yx" or "zyx".
    outputs : tuple of str
        ("estimate",) or ("estimate", "scale").
    normalisation, window
        As in `livecare.models.writer.PackageSpec`.
    golden : Golden or None
        None where the source has no test tensors.
    at_least_multiple_of : int
        Stride that the source names, pixels.
    opset_version : int
        ONNX operators that the network uses.
    notes : tuple of str
        What the user should know, each a sentence.
    said : mapping
        What the source says of itself, for the provenance.
    """

    kind: str
    network: bytes
    axes: str
    opset_version: int
    outputs: tuple[str, ...] = ("estimate",)
    normalisation: tuple[str, float, float] = ("fixed", LOW_PERCENTILE, HIGH_PERCENTILE)
    window: tuple[float, float] | None = None
    golden: Golden | None = None
    at_least_multiple_of: int = 1
    notes: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    licence: str | None = None
    authors: tuple[str, ...] = ()
    cite: tuple[Mapping[str, str], ...] = ()
