"""Camera counts inside a graph: from the bytes of uint16 to network units, and back to bytes.

The steps and their order are those of `livecare.models.window` and `livecare.models.noise_units`,
in fp32. TensorRT has no uint16, so a frame comes and goes as its bytes, [n, y, x, 2], little-endian
as in the memory of every machine that has a GPU.
"""

import math
from typing import Final

import numpy as np

from livecare.engines.onnx_files import TensorProto
from livecare.engines.onnx_wiring import Wiring
from livecare.engines.tensorrt.packing import UNIT_NAMES, Kind
from livecare.models.noise_units import MOST_ELECTRONS, TABLE_STEPS

BYTE: Final = 256
"""Values of a byte."""
LARGEST_COUNT: Final = 65535
"""Of uint16."""


class CountsWay:
    """Writes the way of camera counts of one kind around a network.

    Parameters
    ----------
    wiring : Wiring
        Where the operators are written.
    kind : {"window", "noise"}
        What the normalisation is.
    shape_yx : tuple of int
        Of the frames, pixels.
    units, table : str
        Names of the graph's inputs with the numbers of each frame and, for noise units, the table.
    """

    def __init__(
        self, wiring: Wiring, kind: Kind, shape_yx: tuple[int, int], units: str, table: str
    ) -> None:
        self._wiring, self._kind, self._shape_yx, self._table = wiring, kind, shape_yx, table
        names = UNIT_NAMES[kind]
        columns = wiring.add("Reshape", units, wiring.whole(-1, len(names), 1, 1))
        self._numbers = {
            name: wiring.cut(columns, 1, place, place + 1) for place, name in enumerate(names)
        }

    def to_units(self, raw: str) -> str:
        """Write the way from bytes [n, y, x, 2] to network units [n, 1, y, x]; return the name."""
        add, constant, number = self._wiring.add, self._wiring.constant, self._numbers
        parts = add("Cast", raw, to=TensorProto.FLOAT)
        low, high = (self._wiring.cut(parts, 3, place, place + 1) for place in (0, 1))
        counts = add("Add", low, add("Mul", high, constant(BYTE)))
        counts = add("Reshape", counts, self._wiring.whole(-1, 1, *self._shape_yx))
        if self._kind == "window":
            return add("Mul", add("Sub", counts, number["low"]), number["factor"])
        electrons = add("Mul", add("Sub", counts, number["offset"]), number["factor"])
        shifted = add("Add", electrons, number["constant"])
        shifted = add("Clip", shifted, constant(0), constant(MOST_ELECTRONS))
        return add("Mul", add("Sqrt", shifted), constant(2))

    def to_bytes(self, estimate: str, output: str) -> None:
        """Write the way from network units [n, 1, y, x] to bytes [n, y, x, 2], named `output`."""
        add, constant, number = self._wiring.add, self._wiring.constant, self._numbers
        if self._kind == "window":
            counts = add("Add", add("Mul", estimate, number["span"]), number["low"])
        else:
            photons = self._photons(estimate)
            counts = add("Add", add("Mul", photons, number["gain"]), number["offset"])
        counts = add("Clip", add("Round", counts), constant(0), constant(LARGEST_COUNT))
        # [counts, counts // 256], and of each what is left beyond multiples of 256
        counts = add("Reshape", counts, self._wiring.whole(-1, *self._shape_yx, 1))
        shifted = add("Floor", add("Mul", counts, constant([1, 1 / BYTE])))
        more = add("Floor", add("Mul", shifted, constant(1 / BYTE)))
        rest = add("Sub", shifted, add("Mul", more, constant(BYTE)))
        add("Cast", rest, output=output, to=TensorProto.UINT8)

    def _photons(self, values: str) -> str:
        """Write `NoiseUnits._photons`: a square, a correction by table, a line below 0 photons."""
        add, constant, number = self._wiring.add, self._wiring.constant, self._numbers
        largest = constant(2 * np.sqrt(MOST_ELECTRONS))
        shown = add("Min", add("Max", values, number["first"]), largest)
        places = add("Mul", add("Sub", shown, number["first"]), number["steps_per_unit"])
        places = add("Round", add("Min", places, constant(TABLE_STEPS - 1)))
        photons = self._look_up(places)
        below = add("Min", add("Sub", values, number["first"]), constant(0))
        photons = add("Add", photons, add("Mul", below, number["slope_below"]))
        square = add("Mul", add("Mul", shown, shown), constant(1 / 4))
        return add("Add", photons, square)

    def _look_up(self, places: str) -> str:
        """Write the reading of each frame's own table, at places that are whole already.

        The places are bounded once more as whole numbers: what a network made of NaN must not be
        read from beyond the table. Such a frame is refused for its mean.
        """
        add = self._wiring.add
        flat = add("Reshape", places, self._wiring.whole(-1, math.prod(self._shape_yx)))
        whole = add("Cast", flat, to=TensorProto.INT32)
        whole = add("Max", whole, self._wiring.constant(0, np.int32))
        whole = add("Min", whole, self._wiring.constant(TABLE_STEPS - 1, np.int32))
        found = add("GatherElements", self._table, whole, axis=1)
        return add("Reshape", found, self._wiring.whole(-1, 1, *self._shape_yx))
