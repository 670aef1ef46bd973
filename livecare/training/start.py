"""Where a training starts: from random weights, or from those of a model that restores already.

A model that has learnt what microscopy looks like needs minutes, not hours, to learn what one's own
specimen and microscope are like.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from livecare.errors import ConfigError, ModelError
from livecare.models.package import Model, find_model
from livecare.training.networks.fast import FastNet
from livecare.training.networks.live import INPUT_SCALE
from livecare.training.standard_patches import Standard

NOWHERE: Final = "none"
"""Names a training from random weights."""
USUAL: Final = "default"
"""Model that a training in noise units starts from unless another is named."""
STANDARD: Final = Standard(mean=0.0, spread=1 / INPUT_SCALE)
"""With it, what the fast network sees of standardised patches are noise units."""
PREFIX: Final = "network."
"""What the weights' names begin with in a bundled package, once for each network around them."""


@dataclass(frozen=True, slots=True)
class Start:
    """The weights of a bundled model.

    Attributes
    ----------
    model : Model
        Where they come from.
    weights : dict of str to Tensor
        Of a `LiveNet`, by name.
    """

    model: Model
    weights: dict[str, Tensor]

    @classmethod
    def of(cls, name_or_path: str) -> Self:
        """Read the weights of a model by its name or path.

        Raises
        ------
        ModelError
            If there is none, or it has no such weights.
        """
        model = find_model(name_or_path)
        graph = onnx.load_model(model.onnx_path).graph
        weights = {
            _own_name(each.name): torch.from_numpy(
                np.array(numpy_helper.to_array(each), np.float32)
            )
            for each in graph.initializer
            if each.name.startswith(PREFIX)
        }
        if model.normalisation.kind != "anscombe" or not weights:
            raise ModelError(
                f"--start {name_or_path}: training starts from '{USUAL}' or a model like it; this "
                f"one has other weights or units. Leave --start out, or say --start {NOWHERE}"
            )
        return cls(model, weights)

    def give(self, network: nn.Module) -> None:
        """Put the weights into a fast network.

        Raises
        ------
        ConfigError
            If the network is another one or of another size.
        """
        if not isinstance(network, FastNet):
            raise ConfigError(
                f"--start goes with --network fast only: say --start {NOWHERE} with another network"
            )
        try:
            network.live.load_state_dict(self.weights)
        except RuntimeError as error:
            raise ConfigError(
                f"--start: the weights of {self.model.folder} do not fit the fast network "
                f"({error}); say --start {NOWHERE}"
            ) from error


def _own_name(name: str) -> str:
    """Return what the innermost network calls a weight."""
    while name.startswith(PREFIX):
        name = name.removeprefix(PREFIX)
    return name
