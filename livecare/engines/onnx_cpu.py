"""ONNX Runtime on the CPU: how a session is made and how a frame goes through it.

Frames run one at a time: a batch of four gains only 5 % at 512 × 512 on two cores, and alone a
frame's result can never depend on how many others were waiting.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from livecare.engines.request import (
    Spread,
    check_raw,
    check_request,
    check_restored,
    check_spread,
)
from livecare.errors import EngineError
from livecare.frame import Pixels
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model
from livecare.models.padding import Padding
from livecare.models.tiling import Tile, plan_window, tile_frame

NAME = "onnxruntime"
PROVIDER = "CPUExecutionProvider"

PIXEL_BUDGET = 6_000_000
"""Pixels that run in one piece; larger frames are tiled. A 2304 × 2304 or 2560 × 2160 sCMOS frame
runs whole, with the bundled model in 0.4 GiB; a 6000 × 6000 frame in tiles takes 1.3 GiB."""

VOXEL_BUDGET = 2_000_000
"""The same for stacks, whose networks keep all their channels at full resolution: CARE's in 3-D
takes about 1 KiB per voxel."""

SPINNING = "0"
"""Whether threads that wait for work keep a core busy. "1" saves 3 of 40 ms per frame and costs a
quarter more CPU time, which the recorder needs."""

FAILURES: tuple[type[Exception], ...] = (
    failures.EPFail,
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NoModel,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
)
"""What ONNX Runtime raises; its exceptions have no base class of their own."""


class OnnxRuntimeEngine:
    """Runs a model in fp32. See `livecare.engines.protocol.Engine`."""

    name = NAME
    precision = "fp32"

    def __init__(self, pixel_budget: int | None = None) -> None:
        self._pixel_budget = pixel_budget
        self._model: Model | None = None
        self._session: onnxruntime.InferenceSession | None = None
        self._workspace: _Workspace | None = None

    @property
    def provider(self) -> str:
        """What the session really runs on, as ONNX Runtime says; "" before `load`."""
        return self._session.get_providers()[0] if self._session else ""

    def load(self, model: Model, threads: int) -> None:
        """Make a session for the model. Raises EngineError."""
        self.close()
        session = _make_session(model, threads)
        if session.get_providers()[0] != PROVIDER:
            raise EngineError(
                f"{NAME}: {model.onnx_path} runs on {session.get_providers()[0]} instead of "
                f"{PROVIDER}: install a build of ONNX Runtime that has it"
            )
        self._model, self._session = model, session

    def infer(
        self,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        spread: Spread | None = None,
    ) -> None:
        """Restore a batch frame by frame; see `livecare.engines.protocol.Engine.infer`."""
        workspace = self._workspace_for(batch, restored, normalisations, spread)
        for index, normalisation in enumerate(normalisations):
            check_raw(NAME, batch[index], index)
            normalisation.normalise(batch[index], workspace.frame)
            try:
                workspace.run()
            except FAILURES as error:
                raise EngineError(
                    f"{NAME}: frame {index} of the batch, {batch[index].shape}, failed: {error}"
                ) from error
            for values in workspace.outputs:
                check_restored(NAME, values, index)
            estimate = workspace.outputs[0]
            if spread is not None:
                normalisation.spread(estimate, workspace.outputs[1], spread[index])
            normalisation.denormalise(estimate, restored[index])

    def close(self) -> None:
        """Free the session and its buffers; safe to call twice."""
        self._model = self._session = self._workspace = None

    def _workspace_for(
        self,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        spread: Spread | None,
    ) -> "_Workspace":
        """Check a request and return buffers for it: those of the last call where they fit."""
        if self._session is None or self._model is None:
            raise EngineError(f"{NAME}: infer() before load(); load a model first")
        check_request(NAME, self._model, batch, restored, normalisations)
        check_spread(NAME, self._model, batch, spread)
        shape = batch.shape[1:]
        if self._workspace is None or self._workspace.shape != shape:
            self._workspace = None  # frees the old buffers before new ones are made
            self._workspace = _Workspace.make(self._session, self._model, shape, self._pixel_budget)
        return self._workspace


class _Workspace:
    """Buffers and tiles for frames of one shape, bound to a session once.

    Attributes
    ----------
    shape : tuple of int
        Of a frame, (y, x), or of a stack, (z, y, x).
    frame : array of that shape, float32
        Where the caller writes a frame, in network units.
    outputs : array, shape (channels, [z,] y, x), float32
        Where the caller finds the result.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        padding: Padding,
        tiles: list[Tile],
        channels: int,
    ) -> None:
        self.shape = padding.shape
        self._padding = padding
        self._tiles = tiles
        self._padded = np.empty(padding.padded, np.float32)
        self._padded_outputs = np.empty((channels, *padding.padded), np.float32)
        self._input, self._output = self._padded, self._padded_outputs
        if len(tiles) > 1:
            self._input = np.empty([part.stop - part.start for part in tiles[0].window], np.float32)
            self._output = np.empty((channels, *self._input.shape), np.float32)
        self._session = session
        self._binding = _bind(session, self._input, self._output)
        self.frame = self._padded[padding.frame]
        self.outputs = self._padded_outputs[:, *padding.frame]

    @classmethod
    def make(
        cls,
        session: onnxruntime.InferenceSession,
        model: Model,
        shape: tuple[int, ...],
        pixel_budget: int | None,
    ) -> Self:
        """Plan padding and tiles for a frame's shape and allocate for them."""
        budget = pixel_budget or (PIXEL_BUDGET if model.axes == "yx" else VOXEL_BUDGET)
        padding = Padding.to_multiple(shape, model.multiple_of)
        window = plan_window(padding.padded, budget, model.halo_px, model.multiple_of)
        tiles = tile_frame(padding.padded, window, model.halo_px, model.multiple_of)
        return cls(session, padding, tiles, len(model.outputs))

    def run(self) -> None:
        """Restore what stands in `frame`; the result stands in `outputs`."""
        self._padding.fill(self._padded)
        if len(self._tiles) == 1:
            self._session.run_with_iobinding(self._binding)
            return
        for tile in self._tiles:
            np.copyto(self._input, self._padded[tile.window])
            self._session.run_with_iobinding(self._binding)
            self._padded_outputs[:, *tile.kept] = self._output[:, *tile.inner]


def _bind(
    session: onnxruntime.InferenceSession,
    given: NDArray[np.float32],
    made: NDArray[np.float32],
) -> onnxruntime.IOBinding:
    """Let the session read ([z,] y, x) and write (channels, [z,] y, x) without copies."""
    binding = session.io_binding()
    source, target = session.get_inputs()[0].name, session.get_outputs()[0].name
    binding.bind_input(source, "cpu", 0, np.float32, (1, 1, *given.shape), given.ctypes.data)
    binding.bind_output(target, "cpu", 0, np.float32, (1, *made.shape), made.ctypes.data)
    return binding


def _make_session(model: Model, threads: int) -> onnxruntime.InferenceSession:
    """Open the model's network with these many CPU threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", SPINNING)
    try:
        session = onnxruntime.InferenceSession(
            str(model.onnx_path), sess_options=options, providers=[PROVIDER]
        )
    except FAILURES as error:
        raise EngineError(
            f"{NAME}: {model.onnx_path} cannot be loaded ({error}): export the model again"
        ) from error
    _check_tensors(session, model)
    return session


def _check_tensors(session: onnxruntime.InferenceSession, model: Model) -> None:
    """Raise EngineError unless the network has the input and the output that the model names."""
    for values, kind in ((session.get_inputs(), "input"), (session.get_outputs(), "output")):
        if (
            len(values) != 1
            or values[0].type != "tensor(float)"
            or len(values[0].shape) != 2 + len(model.axes)
        ):
            raise EngineError(
                f"{NAME}: {model.onnx_path} has the {kind}s "
                f"{[(value.name, value.type, value.shape) for value in values]}; "
                f"livecare runs networks with one float32 tensor (n, 1, {', '.join(model.axes)})"
            )
    made = session.get_outputs()[0].shape[1]
    if isinstance(made, int) and made != len(model.outputs):
        raise EngineError(
            f"{NAME}: {model.onnx_path} makes {made} channels, but its package names the outputs "
            f"{', '.join(model.outputs)}: mend the key 'config.livecare.outputs'"
        )
