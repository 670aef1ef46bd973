"""A model's network alone: network units in, all its channels out, nothing around it."""

from contextlib import closing
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.engines import make_engine
from livecare.engines.choosing import REFERENCE
from livecare.engines.host_engine import HostEngine
from livecare.errors import EngineError
from livecare.models.package import Model
from livecare.models.window import IntensityWindow

NETWORK_UNITS: Final = IntensityWindow(0.0, 1.0)
"""Leaves values as they are."""
THREADS: Final = 1
"""CPU threads: one frame is soon done, and a run may be going on beside it."""

Values = NDArray[np.float32]


def run_network(model: Model, frame: Values) -> Values:
    """Return all channels of a model's bare network, run by the engine that others are judged by.

    Parameters
    ----------
    model : Model
        Its intervals are left aside.
    frame : array, shape ([z,] y, x), float32
        Network units; sides are multiples of the model's stride.

    Returns
    -------
    array, shape (channels, [z,] y, x), float32
        Network units.

    Raises
    ------
    EngineError
        If it cannot be run.
    MissingExtraError
        If ONNX Runtime is not installed.
    """
    engine = make_engine(REFERENCE)
    if not isinstance(engine, HostEngine):
        raise EngineError(f"{engine.name}: says nothing of an ensemble's members")
    made = np.empty((len(model.outputs), 1, *frame.shape), np.float32)
    with closing(engine):
        engine.load(replace(model, intervals=None), THREADS)
        engine.infer(frame[None], made[0], [NETWORK_UNITS], *made[1:])
    return made[:, 0]
