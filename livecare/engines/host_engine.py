"""The way of a batch through any engine whose network reads and writes float32 in host memory.

An engine says how a model is opened (`HostEngine._open`); the rest is the same for all of them.
Frames run one at a time: a batch of four gains only 5 % at 512 × 512 on two cores, and alone a
frame's result can never depend on how many others were waiting.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from livecare.engines.faults import engine_failure
from livecare.engines.protocol import Expected, Precision
from livecare.engines.request import (
    Spread,
    apply_intervals,
    check_disagreement,
    check_raw,
    check_request,
    check_restored,
    check_spread,
)
from livecare.engines.workspace import Network, Workspace
from livecare.errors import EngineError
from livecare.frame import Pixels
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model


class HostEngine(ABC):
    """What such engines share. See `livecare.engines.protocol.Engine`.

    Parameters
    ----------
    precision : Precision
        Arithmetic of the network.
    pixel_budget : int or None
        Pixels or voxels that run in one piece; None for what fits into an ordinary memory.
    """

    name: ClassVar[str]
    """Key of the engine."""
    failures: ClassVar[tuple[type[Exception], ...]]
    """What the engine's library raises."""

    def __init__(self, precision: Precision = "fp32", pixel_budget: int | None = None) -> None:
        self._precision: Precision = precision
        self._pixel_budget = pixel_budget
        self._model: Model | None = None
        self._network: Network | None = None
        self._workspace: Workspace | None = None

    @abstractmethod
    def _open(self, model: Model, threads: int) -> Network:
        """Open a model's network with these many CPU threads. Raises EngineError."""

    @property
    def precision(self) -> str:
        """Arithmetic of the network."""
        return self._precision

    @property
    def device(self) -> str:
        """What the network runs on, as the engine's library says; "" before `load`."""
        return self._network.device if self._network else ""

    def load(self, model: Model, threads: int, expected: Expected | None = None) -> None:
        """Open the model, and make buffers for the frames to come; see `Engine.load`."""
        self.close()
        try:
            self._network, self._model = self._open(model, threads), model
        except MemoryError as error:
            words = f"{self.name}: {model.onnx_path} cannot be loaded ({error})"
            raise engine_failure(error, words) from error
        if expected is not None and len(expected.shape) == len(model.axes):
            self._workspace_for(self._network, model, expected.shape, spread=False)

    def infer(
        self,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        spread: Spread | None = None,
        disagreement: Spread | None = None,
    ) -> None:
        """Restore a batch frame by frame; see `livecare.engines.protocol.Engine.infer`.

        `disagreement` is room for one more array like `spread`: how far the members of an
        ensemble differ, the standard deviation of their estimates in camera counts.
        """
        network, model = self._network, self._model
        if network is None or model is None:
            raise EngineError(f"{self.name}: infer() before load(); load a model first")
        check_request(self.name, model, batch, restored, normalisations)
        check_spread(self.name, model, batch, spread)
        check_disagreement(self.name, model, batch, disagreement)
        wanted = (spread, disagreement)
        alone = all(each is None for each in wanted)
        workspace = self._workspace_for(network, model, batch.shape[1:], spread=not alone)
        try:
            self._restore(workspace, batch, restored, normalisations, wanted)
        except MemoryError as error:
            words = f"{self.name}: frames of {workspace.shape} failed ({error})"
            raise engine_failure(error, words) from error

    def close(self) -> None:
        """Free the network and its buffers; safe to call twice."""
        self._model = self._network = self._workspace = None

    def _restore(
        self,
        workspace: Workspace,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        wanted: tuple[Spread | None, Spread | None],
    ) -> None:
        for index, normalisation in enumerate(normalisations):
            check_raw(self.name, batch[index], index)
            normalisation.normalise(batch[index], workspace.frame)
            self._run(workspace, index)
            estimate = workspace.outputs[0]
            check_restored(self.name, estimate, index)
            for values, room in zip(workspace.outputs[1:], wanted, strict=False):
                if room is not None:
                    check_restored(self.name, values, index)
            if wanted[0] is not None and self._model is not None:
                apply_intervals(self._model, workspace.outputs[1])
            for scales, room in zip(workspace.outputs[1:], wanted, strict=False):
                if room is not None:
                    normalisation.spread(estimate, scales, room[index])
            normalisation.denormalise(estimate, restored[index])

    def _run(self, workspace: Workspace, index: int) -> None:
        try:
            workspace.run()
        except self.failures as error:
            words = f"{self.name}: frame {index} of the batch, {workspace.shape}, failed: {error}"
            raise engine_failure(error, words) from error

    def _workspace_for(
        self, network: Network, model: Model, shape: tuple[int, ...], *, spread: bool
    ) -> Workspace:
        """Return buffers for frames of a shape: those of the last call where they fit."""
        found = self._workspace
        channels = 1 if network.estimate_alone and not spread else len(model.outputs)
        if found is not None and found.shape == shape and len(found.outputs) >= channels:
            return found
        found = self._workspace = None  # frees the old buffers before new ones are made
        failures: tuple[type[Exception], ...] = (*self.failures, MemoryError)
        try:
            made = Workspace.make(network, model, shape, channels, self._pixel_budget)
        except failures as error:
            words = f"{self.name}: {model.onnx_path} cannot run frames of {shape}: {error}"
            raise engine_failure(error, words) from error
        self._workspace = made
        return made
