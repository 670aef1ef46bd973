"""Knows how single frames of any exposure are restored as a live run would restore them."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from livecare.engines import Engine
from livecare.engines.choosing import choose_engine, list_candidates
from livecare.errors import ModelError
from livecare.frame import Pixels
from livecare.load import engine_cores
from livecare.models.anscombe import CameraNoise
from livecare.models.locking import LOCK_FRAMES
from livecare.models.package import find_model


class FrameRestorer:
    """A model and its engine; close it or use it in a `with` statement.

    Parameters
    ----------
    model : str
        Name or path.
    engine : str
        Key of `livecare.engines.ENGINES`, or "auto".
    threads : int or None
        CPU threads; None for all cores.

    Attributes
    ----------
    name : str
        The model's name and the beginning of its hash.

    Raises
    ------
    ModelError
        If there is no such model, or it restores stacks.
    EngineError
        If no engine can run it.
    """

    def __init__(self, model: str, engine: str = "auto", threads: int | None = None) -> None:
        self._model = find_model(model)
        if self._model.axes != "yx":
            raise ModelError(
                f"the model '{model}' restores stacks (axes {self._model.axes}); advise judges "
                "single frames: give a model with the axes yx"
            )
        cores = threads or engine_cores()
        self._engine: Engine = choose_engine(self._model, list_candidates(engine), cores).engine
        self.name = f"{self._model.name} {self._model.sha256[:8]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def restore(self, frames: Sequence[Pixels], camera: CameraNoise) -> list[NDArray[np.float32]]:
        """Restore frames of one exposure.

        Parameters
        ----------
        frames : sequence of array, each of shape (y, x)
            Camera counts; a normalisation that is locked is locked to the first of them.
        camera : CameraNoise
            Their camera.

        Returns
        -------
        list of array, each of shape (y, x), float32
            Camera counts.
        """
        normaliser = self._model.lock(list(frames[:LOCK_FRAMES]), noise=camera)
        restored = []
        for frame in frames:
            batch = np.ascontiguousarray(frame)[np.newaxis]
            pixels = np.empty(batch.shape, np.float32)
            self._engine.infer(batch, pixels, [normaliser.of(frame)])
            restored.append(pixels[0])
        return restored

    def close(self) -> None:
        """Free the engine; safe to call twice."""
        self._engine.close()
