"""Loaded: everything that is on the GPU between `load` and `close`, and which program is used."""

from collections import OrderedDict
from typing import Final

from livecare.engines.protocol import Expected, Precision
from livecare.engines.tensorrt.buffers import PinnedArrays
from livecare.engines.tensorrt.build import Plan
from livecare.engines.tensorrt.cuda import Cuda
from livecare.engines.tensorrt.direct import WRITTEN_ONLY
from livecare.engines.tensorrt.key import Gpu
from livecare.engines.tensorrt.packing import WHOLE_TYPES, Kind
from livecare.engines.tensorrt.pipeline import Pipeline, fitting_slots, piece_frames
from livecare.engines.tensorrt.runtime import Runtime
from livecare.models.package import Model
from livecare.models.padding import Padding
from livecare.models.tiling import plan_window

WINDOW_PIXELS: Final = 1 << 24
"""Pixels that run in one piece, a frame of 4096 × 4096; larger frames are tiled. With 32 channels
in fp16 such a frame takes some 4 GiB of the GPU's memory."""
PIPELINES: Final = 4
"""Frame sizes and ways that stay ready at the same time; the least recently used one goes."""


class Loaded:
    """A model on a GPU.

    Parameters
    ----------
    model : Model
        With the axes yx.
    precision : {"fp32", "fp16"}
        Of the network.
    cuda : Cuda
        The GPU's calls.
    runtime : Runtime
        Makes the programs.
    gpu : Gpu
        What they are made for.
    batch : int
        Frames that a batch has at most, as far as is known.
    """

    def __init__(
        self,
        model: Model,
        precision: Precision,
        cuda: Cuda,
        runtime: Runtime,
        gpu: Gpu,
        batch: int,
    ) -> None:
        self.model = model
        self.gpu = gpu
        self.pinned = PinnedArrays(cuda)
        self._precision = precision
        self._cuda = cuda
        self._runtime = runtime
        self._batch = batch
        self._pipelines: OrderedDict[Plan, Pipeline] = OrderedDict()

    def prepare(self, expected: Expected) -> None:
        """Make the pipeline that frames as expected will take. Raises EngineError."""
        shape_yx = _two(expected.shape)
        typed = expected.dtype in WHOLE_TYPES and expected.restored_dtype == "uint16"
        if typed and takes_whole(shape_yx):
            self.for_counts(shape_yx, model_kind(self.model))
        else:
            self.for_units(self.window(self.padding(shape_yx)), spread=False)

    def padding(self, shape_yx: tuple[int, ...]) -> Padding:
        """Return the padding of frames that go the way of network units."""
        return Padding.to_multiple(shape_yx, self.model.multiple_of)

    def window(self, padding: Padding) -> tuple[int, ...]:
        """Return what a program takes of padded frames at once: all of it, or a tile."""
        model = self.model
        return plan_window(padding.padded, WINDOW_PIXELS, model.halo_px, model.multiple_of)

    def for_counts(self, shape_yx: tuple[int, ...], kind: Kind) -> Pipeline:
        """Return the pipeline of whole frames of uint16. Raises EngineError."""
        frames = piece_frames(self._batch, shape_yx[0] * shape_yx[1])
        return self._pipeline(Plan(_two(shape_yx), frames, self._precision, "counts", kind))

    def for_units(self, window: tuple[int, ...], *, spread: bool) -> Pipeline:
        """Return the pipeline of windows in network units. Raises EngineError."""
        frames = piece_frames(self._batch, window[0] * window[1])
        plan = Plan(_two(window), frames, self._precision, "units", "window", spread)
        return self._pipeline(plan)

    def close(self) -> None:
        """Free everything; safe to call twice."""
        while self._pipelines:
            self._drop_oldest()
        self.pinned.close()

    def _pipeline(self, plan: Plan) -> Pipeline:
        if plan in self._pipelines:
            self._pipelines.move_to_end(plan)
            return self._pipelines[plan]
        key, program = self._runtime.load(self.model, plan, self.gpu)
        while self._pipelines and (
            len(self._pipelines) >= PIPELINES or not fitting_slots(self._cuda, program, plan.batch)
        ):
            self._drop_oldest()
        written_only = WRITTEN_ONLY if plan.io == "counts" else frozenset()
        self._pipelines[plan] = Pipeline(self._cuda, program, plan.batch, written_only)
        self._runtime.keep_kernels(key, program)
        return self._pipelines[plan]

    def _drop_oldest(self) -> None:
        _plan, pipeline = self._pipelines.popitem(last=False)
        pipeline.close()


def model_kind(model: Model) -> Kind:
    """Return what normalisation a model's frames have unless the caller chooses another."""
    return "noise" if model.normalisation.kind == "anscombe" else "window"


def takes_whole(shape_yx: tuple[int, ...]) -> bool:
    """Say whether frames run in one piece."""
    return shape_yx[0] * shape_yx[1] <= WINDOW_PIXELS


def _two(shape_yx: tuple[int, ...]) -> tuple[int, int]:
    rows, columns = shape_yx
    return rows, columns
