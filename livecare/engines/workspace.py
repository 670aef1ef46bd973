"""Host buffers: where a frame stands, padded and tiled, before and after a network in host memory.

Padding, tiles and the copies between them are here; what runs between two buffers is a `Network`.
"""

from collections.abc import Callable
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from livecare.models.package import Model
from livecare.models.padding import Padding
from livecare.models.tiling import Tile, plan_window, tile_frame

PIXEL_BUDGET: Final = 6_000_000
"""Pixels that run in one piece; larger frames are tiled. A 2304 × 2304 or 2560 × 2160 sCMOS frame
runs whole, with the bundled model in 0.4 GiB; a 6000 × 6000 frame in tiles takes 1.3 GiB."""

VOXEL_BUDGET: Final = 2_000_000
"""The same for stacks, whose networks keep all their channels at full resolution: CARE's in 3-D
takes about 1 KiB per voxel."""

Values = NDArray[np.float32]
Run = Callable[[], object]
"""Reads one bound buffer and writes the other; what it returns means nothing."""


class Network(Protocol):
    """A network that an engine's library has opened."""

    @property
    def device(self) -> str:
        """What it runs on, as the library says."""
        ...

    @property
    def estimate_alone(self) -> bool:
        """Whether it can be bound to room for the estimate alone, which is less work."""
        ...

    def bind(self, given: Values, made: Values) -> Run:
        """Return what runs the network from one buffer to another.

        Parameters
        ----------
        given : array, shape ([z,] y, x), C order
            In network units; outlives what is returned.
        made : array, shape (channels, [z,] y, x), C order
            Written by each run.
        """
        ...


class Workspace:
    """Buffers and tiles for frames of one shape, bound to a network once.

    Attributes
    ----------
    shape : tuple of int
        Of a frame, (y, x), or of a stack, (z, y, x).
    frame : array of that shape, float32
        Where the caller writes a frame, in network units.
    outputs : array, shape (channels, [z,] y, x), float32
        Where the caller finds the result.
    """

    def __init__(
        self, network: Network, padding: Padding, tiles: list[Tile], channels: int
    ) -> None:
        self.shape = padding.shape
        self._padding = padding
        self._tiles = tiles
        self._padded = np.empty(padding.padded, np.float32)
        self._padded_outputs = np.empty((channels, *padding.padded), np.float32)
        self._input, self._output = self._padded, self._padded_outputs
        if len(tiles) > 1:
            self._input = np.empty([part.stop - part.start for part in tiles[0].window], np.float32)
            self._output = np.empty((channels, *self._input.shape), np.float32)
        self._run = network.bind(self._input, self._output)
        self.frame = self._padded[padding.frame]
        self.outputs = self._padded_outputs[:, *padding.frame]

    @classmethod
    def make(
        cls,
        network: Network,
        model: Model,
        shape: tuple[int, ...],
        channels: int,
        pixel_budget: int | None,
    ) -> Self:
        """Plan padding and tiles for a frame's shape, allocate for them and bind the network."""
        budget = pixel_budget or (PIXEL_BUDGET if model.axes == "yx" else VOXEL_BUDGET)
        padding = Padding.to_multiple(shape, model.multiple_of)
        window = plan_window(padding.padded, budget, model.halo_px, model.multiple_of)
        tiles = tile_frame(padding.padded, window, model.halo_px, model.multiple_of)
        return cls(network, padding, tiles, channels)

    def run(self) -> None:
        """Restore what stands in `frame`; the result stands in `outputs`."""
        self._padding.fill(self._padded)
        if len(self._tiles) == 1:
            self._run()
            return
        for tile in self._tiles:
            np.copyto(self._input, self._padded[tile.window])
            self._run()
            self._padded_outputs[:, *tile.kept] = self._output[:, *tile.inner]
