"""The engine that changes nothing: for tests, for benchmarks, and for raw frames in the preview."""

from collections.abc import Sequence

import numpy as np

from livecare.engines.protocol import Expected
from livecare.engines.request import Spread, check_raw, check_request
from livecare.errors import EngineError
from livecare.frame import Pixels
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model
from livecare.models.window import write_counts


class IdentityEngine:
    """Copies frames; only the pixel type may change. See `livecare.engines.protocol.Engine`."""

    name = "identity"
    precision = "exact"

    def __init__(self) -> None:
        self._model: Model | None = None

    @property
    def device(self) -> str:
        """Return "cpu" once loaded."""
        return "cpu" if self._model else ""

    def load(
        self,
        model: Model,
        threads: int,  # noqa: ARG002 the protocol has them
        expected: Expected | None = None,  # noqa: ARG002
    ) -> None:
        """Take note that a model was loaded; none is used."""
        self._model = model

    def infer(
        self,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        spread: Spread | None = None,
    ) -> None:
        """Copy the batch, rounded and clipped to the range of `restored`."""
        if self._model is None:
            raise EngineError("identity: infer() before load(); load a model first")
        check_request(self.name, self._model, batch, restored, normalisations)
        if spread is not None:
            raise EngineError("identity: no network runs, so there is no spread; ask for none")
        for index, (frame, target) in enumerate(zip(batch, restored, strict=True)):
            check_raw(self.name, frame, index)
            if frame.dtype == target.dtype:
                np.copyto(target, frame)
            else:
                write_counts(frame.astype(np.float32), target)

    def close(self) -> None:
        """Forget the model."""
        self._model = None
