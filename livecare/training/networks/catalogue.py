"""The networks that can be trained, by the names that the command line knows."""

from collections.abc import Callable
from typing import Final, Literal

from torch import nn

from livecare.errors import ConfigError
from livecare.training.networks.care import CareNet, CareShape
from livecare.training.networks.fast import FastNet
from livecare.training.networks.live import DEPTHS, WIDTHS

NetworkName = Literal["care", "care-k3", "n2v", "n2v2", "fast", "care-3d"]


def _care(probabilistic: bool) -> nn.Module:  # noqa: FBT001 one of a table of alike functions
    return CareNet(CareShape(probabilistic=probabilistic))


def _care_k3(probabilistic: bool) -> nn.Module:  # noqa: FBT001
    return CareNet(CareShape(kernel=3, probabilistic=probabilistic))


def _n2v(probabilistic: bool) -> nn.Module:  # noqa: FBT001
    shape = CareShape(kernel=3, residual=False, batch_norm=True, probabilistic=probabilistic)
    return CareNet(shape)


def _n2v2(probabilistic: bool) -> nn.Module:  # noqa: FBT001
    return CareNet(
        CareShape(
            kernel=3, residual=False, batch_norm=True, blur_pool=True, probabilistic=probabilistic
        )
    )


def _fast(probabilistic: bool) -> nn.Module:  # noqa: FBT001
    return FastNet(WIDTHS, DEPTHS, probabilistic=probabilistic)


def _care_3d(probabilistic: bool) -> nn.Module:  # noqa: FBT001
    return CareNet(CareShape(dimensions=3, kernel=3, probabilistic=probabilistic))


NETWORKS: Final[dict[NetworkName, Callable[[bool], nn.Module]]] = {
    "care": _care,
    "care-k3": _care_k3,
    "n2v": _n2v,
    "n2v2": _n2v2,
    "fast": _fast,
    "care-3d": _care_3d,
}


def build_network(name: str, *, probabilistic: bool = False) -> nn.Module:
    """Make a network with first weights; it maps (n, 1, ...) to (n, 1 or 2, ...).

    Raises
    ------
    ConfigError
        If there is none of that name; lists those that there are.
    """
    for known, build in NETWORKS.items():
        if known == name:
            return build(probabilistic)
    raise ConfigError(f"there is no network '{name}': choose one of {', '.join(NETWORKS)}")


def parameter_count(network: nn.Module) -> int:
    """Return how many numbers training adjusts."""
    return sum(parameter.numel() for parameter in network.parameters())
