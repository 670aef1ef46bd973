"""How far a network sees, measured instead of looked up.

One pixel is made NaN, which every sum passes on whatever the weights: what is NaN afterwards
depends on that pixel. All places within the stride are tried, since pooling treats them unlike.
"""

import itertools
from collections.abc import Sequence
from typing import Final

import torch
from torch import nn

SIDE: Final = 192
"""First side of the frames that are tried, pixels; doubled while the touched reach the edge."""
SIDE_3D: Final = 48


def measure_reach(network: nn.Module, dimensions: int = 2) -> tuple[int, ...]:
    """Return how far, in pixels per axis, one pixel's value reaches in the output, one-sided.

    Parameters
    ----------
    network : torch.nn.Module
        Maps float32 (n, 1, [z,] y, x) to (n, c, [z,] y, x) and has `multiple_of`; left in
        evaluation mode.
    dimensions : int
        2 or 3.
    """
    multiple_of = int(network.multiple_of)  # type: ignore[arg-type]  # every network here has it
    side = -(-(SIDE if dimensions == 2 else SIDE_3D) // multiple_of) * multiple_of  # noqa: PLR2004
    network.eval()
    while True:
        reach = _reach_within(network, [side] * dimensions, multiple_of)
        if max(reach) < side // 2 - multiple_of:
            return reach
        side *= 2


def measure_halo(network: nn.Module, dimensions: int = 2) -> int:
    """Return the longest of `measure_reach`, pixels."""
    return max(measure_reach(network, dimensions))


@torch.no_grad()
def _reach_within(network: nn.Module, sides: Sequence[int], multiple_of: int) -> tuple[int, ...]:
    """Measure with frames of these sides, the pixel in their middle."""
    reach = torch.zeros(len(sides), dtype=torch.int64)
    parameter = next(network.parameters())
    for step in itertools.product(range(multiple_of), repeat=len(sides)):
        place = [side // 2 + offset for side, offset in zip(sides, step, strict=True)]
        if len(set(step)) > 1:
            continue  # axes are treated apart from each other: the diagonal meets every place
        frame = torch.zeros(1, 1, *sides, dtype=parameter.dtype, device=parameter.device)
        frame[(0, 0, *place)] = torch.nan
        touched = torch.nonzero(torch.isnan(network(frame)[0]).any(dim=0)).cpu()
        if len(touched):
            reach = torch.maximum(reach, (touched - torch.tensor(place)).abs().amax(dim=0))
    return tuple(int(each) for each in reach)
