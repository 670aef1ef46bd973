"""ONNX Runtime on the CPU: how a session is made and how a frame goes through it.

Frames run one at a time: a batch of four gains only 5 % at 512 × 512 on two cores, and alone a
frame's result can never depend on how many others were waiting.
"""

import math
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from livecare.engines.request import check_raw, check_request, check_restored
from livecare.errors import EngineError
from livecare.frame import Pixels
from livecare.models.normalise import IntensityWindow
from livecare.models.package import Model
from livecare.models.padding import Padding
from livecare.models.tiling import Tile, tile_frame

NAME = "onnxruntime"
PROVIDER = "CPUExecutionProvider"

PIXEL_BUDGET = 6_000_000
"""Pixels that run in one piece; larger frames are tiled. A 2304 × 2304 or 2560 × 2160 sCMOS frame
runs whole, with the bundled model in 0.4 GiB; a 6000 × 6000 frame in tiles takes 1.3 GiB."""

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

    def __init__(self, pixel_budget: int = PIXEL_BUDGET) -> None:
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

    def infer(self, batch: Pixels, restored: Pixels, window: IntensityWindow) -> None:
        """Restore a batch frame by frame; see `livecare.engines.protocol.Engine.infer`."""
        workspace = self._workspace_for(batch, restored)
        for index, (frame, target) in enumerate(zip(batch, restored, strict=True)):
            check_raw(NAME, frame, index)
            window.normalise(frame, workspace.frame)
            try:
                workspace.run()
            except FAILURES as error:
                raise EngineError(
                    f"{NAME}: frame {index} of the batch, {frame.shape}, failed: {error}"
                ) from error
            check_restored(NAME, workspace.restored, index)
            window.denormalise(workspace.restored, target)

    def close(self) -> None:
        """Free the session and its buffers; safe to call twice."""
        self._model = self._session = self._workspace = None

    def _workspace_for(self, batch: Pixels, restored: Pixels) -> "_Workspace":
        """Return buffers for frames of this shape: those of the last call where they fit."""
        if self._session is None or self._model is None:
            raise EngineError(f"{NAME}: infer() before load(); load a model first")
        check_request(NAME, batch, restored)
        shape_yx = (batch.shape[1], batch.shape[2])
        if self._workspace is None or self._workspace.shape_yx != shape_yx:
            self._workspace = None  # frees the old buffers before new ones are made
            self._workspace = _Workspace.make(
                self._session, self._model, shape_yx, self._pixel_budget
            )
        return self._workspace


class _Workspace:
    """Buffers and tiles for frames of one shape, bound to a session once.

    Attributes
    ----------
    shape_yx : tuple of int
        Rows and columns of a frame.
    frame, restored : array, shape (y, x), float32
        Where the caller writes a frame and finds the result, in window units.
    """

    def __init__(
        self, session: onnxruntime.InferenceSession, padding: Padding, tiles: list[Tile]
    ) -> None:
        self.shape_yx = padding.shape_yx
        self._padding = padding
        self._tiles = tiles
        self._padded = np.empty(padding.padded_yx, np.float32)
        self._padded_restored = np.empty(padding.padded_yx, np.float32)
        whole = len(tiles) == 1
        rows, columns = tiles[0].window
        window_yx = (rows.stop - rows.start, columns.stop - columns.start)
        self._input = self._padded if whole else np.empty(window_yx, np.float32)
        self._output = self._padded_restored if whole else np.empty(window_yx, np.float32)
        self._session = session
        self._binding = _bind(session, self._input, self._output)
        frame_area = tuple(slice(0, length) for length in padding.shape_yx)
        self.frame = self._padded[frame_area]
        self.restored = self._padded_restored[frame_area]

    @classmethod
    def make(
        cls,
        session: onnxruntime.InferenceSession,
        model: Model,
        shape_yx: tuple[int, int],
        pixel_budget: int,
    ) -> Self:
        """Plan padding and tiles for a frame's shape and allocate for them."""
        padding = Padding.to_multiple(shape_yx, model.multiple_of)
        rows, columns = padding.padded_yx
        window_yx = (rows, columns)
        if rows * columns > pixel_budget:
            side = math.isqrt(pixel_budget) // model.multiple_of * model.multiple_of
            window_yx = (min(rows, side), min(columns, side))
        tiles = tile_frame(padding.padded_yx, window_yx, model.halo_px, model.multiple_of)
        return cls(session, padding, tiles)

    def run(self) -> None:
        """Restore what stands in `frame`; the result stands in `restored`."""
        self._padding.fill(self._padded)
        if len(self._tiles) == 1:
            self._session.run_with_iobinding(self._binding)
            return
        for tile in self._tiles:
            np.copyto(self._input, self._padded[tile.window])
            self._session.run_with_iobinding(self._binding)
            self._padded_restored[tile.kept] = self._output[tile.inner]


def _bind(
    session: onnxruntime.InferenceSession,
    given: NDArray[np.float32],
    made: NDArray[np.float32],
) -> onnxruntime.IOBinding:
    """Let the session read from and write to these buffers of shape (y, x) without copies."""
    binding = session.io_binding()
    shape = (1, 1, *given.shape)
    source, target = session.get_inputs()[0].name, session.get_outputs()[0].name
    binding.bind_input(source, "cpu", 0, np.float32, shape, given.ctypes.data)
    binding.bind_output(target, "cpu", 0, np.float32, shape, made.ctypes.data)
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
    for values, kind in ((session.get_inputs(), "input"), (session.get_outputs(), "output")):
        if len(values) != 1 or values[0].type != "tensor(float)" or len(values[0].shape) != 4:  # noqa: PLR2004 n, c, y, x
            raise EngineError(
                f"{NAME}: {model.onnx_path} has the {kind}s "
                f"{[(value.name, value.type, value.shape) for value in values]}; "
                "livecare runs networks with one float32 tensor (n, 1, y, x)"
            )
    return session
