"""ONNX graphs, node by node: the one place that knows how a layer is written in ONNX.

Tensors are named by strings; every method adds a node and returns the name of its result. Operator
set 17 without external data is the newest that TensorRT 8.6 reads.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.importers.extras import load_extra
from livecare.models.writer import INPUT_NAME, OPERATOR_SET, OUTPUT_NAME

Values = NDArray[np.float32]

IR_VERSION: Final = 8
"""The file version that belongs to operator set 17."""


class Graph:
    """A network under construction.

    Parameters
    ----------
    dimensions : int
        2 for (y, x), 3 for (z, y, x).

    Attributes
    ----------
    input : str
        Name of the input, of shape (n, 1, [z,] y, x).
    """

    def __init__(self, dimensions: int) -> None:
        self._onnx = load_extra("onnx")
        self.dimensions = dimensions
        self.input = INPUT_NAME
        self._nodes: list[object] = []
        self._weights: list[object] = []

    def conv(self, source: str, kernel: Values, bias: Values, *, relu: bool) -> str:
        """Add a convolution that keeps the size; kernel of shape (out, in, *odd sides)."""
        pads = [side // 2 for side in kernel.shape[2:]]
        inputs = [source, self._weight(kernel), self._weight(bias)]
        made = self._node("Conv", inputs, kernel_shape=list(kernel.shape[2:]), pads=pads * 2)
        return self.relu(made) if relu else made

    def max_pool(self, source: str) -> str:
        """Keep the largest of each 2 × 2 (× 2) values."""
        sides = [2] * self.dimensions
        return self._node("MaxPool", [source], kernel_shape=sides, strides=sides)

    def blur_pool(self, source: str, kernel: Values, *, same: bool) -> str:
        """Take the maximum at every place, blur it, keep every second value.

        Parameters
        ----------
        kernel : array, shape (channels, 1, 3, 3) or (channels, 1, 3, 3, 3)
            The blur.
        same : bool
            True where the maximum keeps the size, as in TensorFlow; False where it loses a row
            and a column, and the blur begins one pixel before the first, as in CAREamics.
        """
        ones, ahead = [1] * self.dimensions, [0] * self.dimensions
        pads = [*ahead, *ones] if same else [*ahead, *ahead]
        largest = self._node("MaxPool", [source], kernel_shape=[2] * self.dimensions, pads=pads)
        return self._node(
            "Conv",
            [largest, self._weight(kernel)],
            kernel_shape=[3] * self.dimensions,
            strides=[2] * self.dimensions,
            pads=[*ahead, *ones] if same else [*ones, *ones],
            group=kernel.shape[0],
        )

    def upsample(self, source: str, *, linear: bool) -> str:
        """Double the size: nearest, or linear between pixel centres."""
        scales = self._weight(np.array([1, 1, *[2] * self.dimensions], np.float32))
        kind = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        if not linear:
            kind = {
                "mode": "nearest",
                "coordinate_transformation_mode": "asymmetric",
                "nearest_mode": "floor",
            }
        return self._node("Resize", [source, "", scales], **kind)

    def relu(self, source: str) -> str:
        """Cut off at 0."""
        return self._node("Relu", [source])

    def softplus(self, source: str, floor: float) -> str:
        """Make values positive, at least `floor`."""
        positive = self._node("Softplus", [source])
        return self._node("Add", [positive, self._weight(np.array(floor, np.float32))])

    def add(self, one: str, two: str) -> str:
        """Add two tensors of one shape."""
        return self._node("Add", [one, two])

    def concat(self, one: str, two: str) -> str:
        """Put the channels of the second after those of the first."""
        return self._node("Concat", [one, two], axis=1)

    def finish(self, result: str, channels: int) -> bytes:
        """Return the ONNX file of a network that returns `result`."""
        helper = self._onnx.helper
        self._nodes.append(helper.make_node("Identity", [result], [OUTPUT_NAME]))
        sizes = ["z", "y", "x"][-self.dimensions :]
        described = [
            helper.make_tensor_value_info(name, self._onnx.TensorProto.FLOAT, ["n", count, *sizes])
            for name, count in ((INPUT_NAME, 1), (OUTPUT_NAME, channels))
        ]
        graph = helper.make_graph(
            self._nodes, "network", described[:1], described[1:], self._weights
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
            producer_name="livecare",
            ir_version=IR_VERSION,
        )
        self._onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())

    def _node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        name = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _weight(self, values: Values) -> str:
        name = f"weight_{len(self._weights)}"
        held = np.ascontiguousarray(values, np.float32)
        self._weights.append(self._onnx.numpy_helper.from_array(held, name))
        return name
