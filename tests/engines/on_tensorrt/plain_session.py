"""What an engine must make: a plain session of ONNX Runtime, normalised by the CPU."""

from collections.abc import Sequence

import numpy as np
import onnxruntime
from fake_runtime import FakeMachine

from livecare.engines.protocol import Expected
from livecare.engines.tensorrt.engine import TensorRTEngine
from livecare.frame import Pixels
from livecare.models import Model, Normalisation

SHAPE = (40, 48)


def reference(
    model: Model,
    batch: Pixels,
    normalisations: Sequence[Normalisation],
    dtype: str,
    *,
    spread: bool = False,
) -> list[np.ndarray]:
    """What a plain session of ONNX Runtime makes, normalised by the CPU."""
    session = onnxruntime.InferenceSession(str(model.onnx_path), providers=["CPUExecutionProvider"])
    restored, spreads = np.zeros(batch.shape, dtype), np.zeros(batch.shape, np.float32)
    for index, normalisation in enumerate(normalisations):
        values = np.empty(batch.shape[1:], np.float32)
        normalisation.normalise(batch[index], values)
        made = session.run(None, {"raw": values[np.newaxis, np.newaxis]})[0][0]
        if spread:
            normalisation.spread(made[0], made[1], spreads[index])
        normalisation.denormalise(made[0], restored[index])
    return [restored, spreads]


def prepared(machine: FakeMachine, model: Model, batch: int = 8) -> TensorRTEngine:
    """Return an engine that expects frames of `SHAPE`."""
    engine = machine.engine()
    engine.load(model, threads=1, expected=Expected(SHAPE, batch=batch))
    return engine
