"""The engine that changes nothing: for tests, for benchmarks, and for raw frames in the preview."""

import numpy as np

from livecare.engines.request import check_raw, check_request
from livecare.errors import EngineError
from livecare.frame import Pixels
from livecare.models.normalise import IntensityWindow, write_counts
from livecare.models.package import Model


class IdentityEngine:
    """Copies frames; only the pixel type may change. See `livecare.engines.protocol.Engine`."""

    name = "identity"
    precision = "exact"

    def __init__(self) -> None:
        self._loaded = False

    def load(self, model: Model, threads: int) -> None:  # noqa: ARG002 the protocol has them
        """Take note that a model was loaded; none is used."""
        self._loaded = True

    def infer(self, batch: Pixels, restored: Pixels, window: IntensityWindow) -> None:  # noqa: ARG002 as above
        """Copy the batch, rounded and clipped to the range of `restored`."""
        if not self._loaded:
            raise EngineError("identity: infer() before load(); load a model first")
        check_request(self.name, batch, restored)
        for index, (frame, target) in enumerate(zip(batch, restored, strict=True)):
            check_raw(self.name, frame, index)
            if frame.dtype == target.dtype:
                np.copyto(target, frame)
            else:
                write_counts(frame.astype(np.float32), target)

    def close(self) -> None:
        """Forget the model."""
        self._loaded = False
