"""A model that is right in fp32 and overflows in fp16, for whatever must refuse such a one."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from window_package import load_window_model

from livecare.models import Model

FACTOR = 2.0**10
"""A power of two: what is multiplied by it and divided again is the same to the last bit."""


def overflowing_model(folder: Path) -> Model:
    """The window model, two of its inner layers a thousand times louder, the third so much softer.

    All weights fit into fp16, but what is between the layers does not: it reaches 10⁶ times what
    it was. The outputs in fp32 are those of the window model, bit for bit.
    """
    onnx = pytest.importorskip("onnx", reason="the extra 'test' is missing")
    model = load_window_model()
    network = onnx.load(model.onnx_path)
    factors = {
        "down_to_eighth.1.weight": FACTOR,
        "down_to_eighth.1.bias": FACTOR,
        "down_to_eighth.3.weight": FACTOR,
        "down_to_eighth.3.bias": FACTOR**2,
        "down_to_eighth.5.weight": FACTOR**-2,
    }
    for weight in network.graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if weight.name in factors:
            values = values * np.float32(factors.pop(weight.name))
        weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
    assert not factors, "the window model's layers have other names now"
    content = network.SerializeToString()
    path = folder / "overflowing.onnx"
    path.write_bytes(content)
    return replace(
        model, name="overflowing", onnx_path=path, sha256=hashlib.sha256(content).hexdigest()
    )
