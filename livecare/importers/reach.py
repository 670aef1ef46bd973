"""How far one pixel reaches in a network's output, and its stride: measured, not looked up.

In a table the reach of a U-Net is often too small, since it depends on where a pixel lies within
the stride; tiles that overlap by too little show seams. So every place within the stride is tried.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.network import Network
from livecare.importers.onnx_edit import positive_twin

LARGEST_STRIDE: Final = 64
"""Six poolings; restoration U-Nets have two to four."""
ODD: Final = 9
"""Sides are tried at so many strides: no power of two, so that a larger stride would show."""
FIRST_LENGTH: Final = 128
LARGEST_LENGTH: Final = 2048
"""Pixels along which the reach is looked for."""
BUMP: Final = 1e6
"""What is added to a row of the twin, whose weights only shrink it."""
TRIALS: Final = 4
"""Frames, of different noise, on which a network without a twin is tried."""
NOTICED: Final = 1e-6
"""Part of the output's range from which a change counts, in a network without a twin: single
precision itself is not finer."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What was measured.

    Attributes
    ----------
    multiple_of, halo_px : tuple of int
        Stride and one-sided reach along each axis, pixels.
    """

    multiple_of: tuple[int, ...]
    halo_px: tuple[int, ...]


def measure_reach(content: bytes, axes: str, at_least: int = 1) -> Reach:
    """Measure stride and reach of a network.

    Parameters
    ----------
    content : bytes
        The ONNX file, for frames of any size.
    axes : str
        "yx" or "zyx".
    at_least : int
        Stride that the source names; a network that pads by itself hides its own.

    Raises
    ------
    ModelError
        If it takes one size only, or looks at the whole frame.
    """
    network = Network(content)
    stride = _stride(network, len(axes), at_least)
    twin = positive_twin(content)
    probe = _Probe(network if twin is None else Network(twin), stride, exact=twin is not None)
    halos = tuple(probe.halo(axis, len(axes)) for axis in range(len(axes)))
    return Reach((stride,) * len(axes), halos)


def _stride(network: Network, dimensions: int, at_least: int) -> int:
    stride = max(1, at_least)
    while stride <= LARGEST_STRIDE:
        if network.fits((1, 1, *[ODD * stride] * dimensions)):
            return stride
        stride *= 2
    raise ModelError(
        "the network takes frames of one size only, or gives them back in another: livecare needs "
        "one that takes any multiple of its stride. Export it again with free sizes"
    )


class _Probe:
    """Changes rows of a frame and looks how far the output changes."""

    def __init__(self, network: Network, stride: int, *, exact: bool) -> None:
        self._network = network
        self._stride = stride
        self._exact = exact

    def halo(self, axis: int, dimensions: int) -> int:
        """Return the reach along an axis, pixels."""
        length = FIRST_LENGTH
        while length <= LARGEST_LENGTH:
            length = -(-length // self._stride) * self._stride
            shape = [ODD * self._stride if not self._exact else 2 * self._stride] * dimensions
            shape[axis] = length
            middle = length // 2 // self._stride * self._stride
            found = max(
                self._reached((1, 1, *shape), 2 + axis, middle + offset)
                for offset in range(self._stride)
            )
            if found < middle - self._stride:
                return found
            length *= 2
        raise ModelError(
            f"a pixel reaches more than {LARGEST_LENGTH // 2} pixels: the network looks at the "
            "whole frame, so that tiles would differ from it"
        )

    def _reached(self, shape: tuple[int, ...], axis: int, place: int) -> int:
        """Return how far from a row (or column, or plane) the output changes with it."""
        furthest = 0
        for frame in self._frames(shape):
            changed = frame.copy()
            row = tuple(slice(None) if each != axis else place for each in range(len(shape)))
            changed[row] += np.float32(BUMP if self._exact else 10.0)
            before, after = self._network.run(frame), self._network.run(changed)
            least = 0.0 if self._exact else NOTICED * float(np.ptp(before))
            others = tuple(each for each in range(before.ndim) if each != axis)
            rows = np.flatnonzero((np.abs(after - before) > least).any(axis=others))
            if len(rows):
                furthest = max(furthest, int(place - rows[0]), int(rows[-1] - place))
        return furthest

    def _frames(self, shape: tuple[int, ...]) -> list[NDArray[np.float32]]:
        if self._exact:
            return [np.zeros(shape, np.float32)]
        rng = np.random.default_rng(1)
        return [rng.normal(size=shape).astype(np.float32) for _ in range(TRIALS)]
