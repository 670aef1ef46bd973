"""What a network must compute and move, counted from its ONNX file, and how fast that can be.

Each matrix operator takes at least as long as its arithmetic at the rate of a matrix product, and
as its values at the rate of a plain copy, whichever is longer; everything between them (sums,
rectifiers, enlargement) is taken for free, as if it were fused. Both rates are measured
(`ceilings`). It is no law of nature: Winograd's convolutions multiply less than is counted, layers
that stay in a cache move less, and int8 is compared with the best rate that was measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

VALUE_BYTES: Final[Mapping[str, int]] = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}
"""Bytes of an activation or a weight in each precision."""

COUNTED: Final = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators that multiply matrices."""

FOLLOWED_PX: Final = 64
"""Sides of the frame that is followed through the network to see its shapes, pixels: a multiple of
the stride of every network here."""

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """A matrix operator, per pixel of the frame.

    Attributes
    ----------
    flops : float
        Multiplications and additions, per pixel.
    values : float
        Activations read and written, per pixel.
    weights : int
        Weights read, once per batch.
    """

    flops: float
    values: float
    weights: int


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Rates that were measured on a device.

    Attributes
    ----------
    gflops : mapping
        Of a matrix product in each precision, GFLOP/s.
    copy_gb_s : float
        Bytes read and written by a copy in its memory, GB/s.
    """

    gflops: Mapping[str, float]
    copy_gb_s: float

    @classmethod
    def best(cls, measured: Sequence[Mapping[str, Any]]) -> "Ceilings | None":
        """Return the highest rates of several measurements; None where none could be made."""
        found = [each for each in measured if "gflops" in each]
        if not found:
            return None
        names = found[0]["gflops"]
        return cls(
            {name: max(each["gflops"][name] for each in found) for name in names},
            max(each["copy_gb_s"] for each in found),
        )

    def matrix(self, precision: str) -> tuple[str, float]:
        """Return the limit of a precision: its name, and GFLOP/s.

        The best of its own rate and fp32's, since a library may always compute in fp32; where a
        GPU has tf32, fp32 engines use it.
        """
        found = {
            name: rate
            for name, rate in self.gflops.items()
            if name in (precision, "fp32") or (precision == "fp32" and name == "tf32")
        }
        best = max(found, key=lambda name: found[name])
        return f"{best} matrix product", found[best]


@dataclass(frozen=True, slots=True)
class Work:
    """What a network does to each pixel of a frame.

    Attributes
    ----------
    operators : tuple of Operator
        In the order of the network.
    """

    operators: tuple[Operator, ...]

    @classmethod
    def of(cls, path: Path) -> "Work":
        """Count the work of a network (n, 1, y, x) whose cost grows with the frame's pixels."""
        model = onnx.load(path)
        frame = np.ones((1, 1, FOLLOWED_PX, FOLLOWED_PX), np.float32)
        shapes = _shapes(model, frame)
        operators = (
            _operator(node, shapes, frame.size)
            for node in model.graph.node
            if node.op_type in COUNTED
        )
        return cls(tuple(operators))

    @property
    def flops(self) -> float:
        """Multiplications and additions per pixel."""
        return sum(each.flops for each in self.operators)

    @property
    def values(self) -> float:
        """Activations read and written per pixel."""
        return sum(each.values for each in self.operators)

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return sum(each.weights for each in self.operators)

    def floor_ms(self, pixels: int, precision: str, ceilings: Ceilings) -> float:
        """Return the shortest time for a batch of so many pixels, ms."""
        _, gflops = ceilings.matrix(precision)
        size = VALUE_BYTES[precision]
        seconds = (
            max(
                each.flops * pixels / (gflops * 1e9),
                (each.values * pixels + each.weights) * size / (ceilings.copy_gb_s * 1e9),
            )
            for each in self.operators
        )
        return 1e3 * sum(seconds)


def _shapes(model: onnx.ModelProto, frame: NDArray[np.float32]) -> dict[str, Shape]:
    """Return the shape of every tensor by letting a frame through.

    A network that computes the shapes of its tensors defeats `onnx.shape_inference`.
    """
    name = model.graph.input[0].name
    followed = ReferenceEvaluator(model).run(None, {name: frame}, intermediate=True)
    shapes = {key: np.shape(value) for key, value in followed.items()}
    return shapes | {each.name: tuple(each.dims) for each in model.graph.initializer}


def _operator(node: onnx.NodeProto, shapes: Mapping[str, Shape], pixels: int) -> Operator:
    """Count an operator."""
    given, made = shapes[node.input[0]], shapes[node.output[0]]
    second = shapes[node.input[1]]
    if node.op_type == "Conv":  # weights are (out, in of a group, kernel...)
        flops = 2 * math.prod(made) * math.prod(second[1:])
    elif node.op_type == "ConvTranspose":  # weights are (in, out of a group, kernel...)
        flops = 2 * math.prod(given) * math.prod(second[1:])
    else:
        swapped = any(each.name == "transA" and each.i for each in node.attribute)
        flops = 2 * math.prod(made) * given[0 if swapped else -1]
    values = math.prod(given) + math.prod(made)
    return Operator(flops / pixels, values / pixels, math.prod(second))
