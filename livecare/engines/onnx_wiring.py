"""Writing ONNX operators one after another, each named by what it makes."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livecare.engines.onnx_files import helper, numpy_helper, onnx


class Wiring:
    """The operators and weights of a graph that is being written.

    Parameters
    ----------
    prefix : str
        Begins the name of each tensor that gets none, so that none meets a network's.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:  # noqa: ANN401 of an operator
        """Write an operator with one output; returns its name, a new one if none is given."""
        output = output or f"{self._prefix}{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, values: ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        """Write a weight; returns its name."""
        name = f"{self._prefix}constant_{len(self.weights)}"
        array: NDArray[np.generic] = np.asarray(values, dtype)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def whole(self, *values: int) -> str:
        """Write a list of whole numbers, as shapes, places and axes are given."""
        return self.constant(values, np.int64)

    def cut(self, name: str, axis: int, start: int, stop: int) -> str:
        """Cut a tensor along one axis."""
        return self.add(
            "Slice", name, self.whole(start), self.whole(stop), self.whole(axis), self.whole(1)
        )
