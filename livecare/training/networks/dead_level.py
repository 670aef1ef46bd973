"""A level that has died: its rectifiers pass nothing on, whatever the frame, and it costs time.

What is left of it is one number per channel, which the convolution after it takes into its bias.
Inside a frame that changes nothing; within a few pixels of the edge, where the convolution sees
nothing beyond it, a little.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from livecare.errors import ConfigError
from livecare.training.networks.swift import SwiftNet


@torch.no_grad()
def is_dead(network: SwiftNet, frames: Sequence[Tensor]) -> bool:
    """Tell whether the deepest level passes nothing on for any of these batches of frames."""
    heard = 0.0

    def listen(_module: nn.Module, _given: object, made: Tensor) -> None:
        nonlocal heard
        heard = max(heard, float(made.max()))

    handles = [each.register_forward_hook(listen) for each in _rectifiers(network.middle)]
    try:
        for batch in frames:
            network(batch)
    finally:
        for handle in handles:
            handle.remove()
    return heard == 0.0


@torch.no_grad()
def without_dead_level(network: SwiftNet, widths: Sequence[int], depths: Sequence[int]) -> SwiftNet:
    """Return the network without its deepest level.

    Parameters
    ----------
    network : SwiftNet
        Whose deepest level is dead; with one convolution on each side of the level above it.
    widths, depths : sequence of int
        What it was made with.

    Raises
    ------
    ConfigError
        If the level above has more convolutions than that.
    """
    last = len(widths) - 2
    if depths[last] != 1:
        raise ConfigError(
            f"a network with {depths[last]} convolutions above its deepest level: give it one on "
            "each side"
        )
    left = SwiftNet(widths[:-1], [*depths[:last], 2])
    old = network.state_dict()
    kept = {}
    for key in left.state_dict():
        head, _, tail = key.partition(".")
        if head == "middle":
            place, _, what = tail.partition(".")
            source = "down_features" if place == "0" else "up_features"
            kept[key] = old[f"{source}.{last}.0.{what}"].clone()
        else:
            kept[key] = old[key]
    weight = old[f"up_features.{last}.0.weight"]
    constant = old[f"up.{last}.bias"][None, :, None, None]
    kept["middle.2.bias"] += (weight * constant).sum(dim=(1, 2, 3))
    left.load_state_dict(kept)
    return left.train(network.training)


def _rectifiers(layers: nn.Module) -> Iterator[nn.Module]:
    return (each for each in layers.modules() if isinstance(each, nn.ReLU))
