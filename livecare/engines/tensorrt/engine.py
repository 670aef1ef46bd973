"""The engine `tensorrt`: which way a batch takes over an NVIDIA GPU."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from livecare.engines.cache import Cache, cache_folder
from livecare.engines.protocol import Expected, Precision
from livecare.engines.request import Spread, check_request, check_spread
from livecare.engines.tensorrt.cuda import DEVICE, Cuda
from livecare.engines.tensorrt.direct import restore_counts
from livecare.engines.tensorrt.flavour import find_flavour
from livecare.engines.tensorrt.key import Gpu
from livecare.engines.tensorrt.loaded import Loaded, takes_whole
from livecare.engines.tensorrt.packing import fits, kind_of
from livecare.engines.tensorrt.probe import probe_cuda
from livecare.engines.tensorrt.runtime import Runtime
from livecare.engines.tensorrt.units import UnitsRequest, restore_tiled, restore_whole
from livecare.errors import EngineError
from livecare.frame import Pixels, PixelType
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model
from livecare.models.tiling import tile_frame

NAME: Final = "tensorrt"


class TensorRTEngine:
    """Runs a model with TensorRT. See `livecare.engines.protocol.Engine`.

    Frames of uint16 that become uint16 go to the GPU as they are: normalisation, clipping and
    rounding are part of the network there. Other types, a spread, mixed normalisations, and frames
    of more than `livecare.engines.tensorrt.loaded.WINDOW_PIXELS`, which are tiled, are normalised
    by the CPU. For every size and way an engine is built when it comes first, which takes seconds
    with TensorRT for RTX and minutes with the full one, and kept in the user's cache.

    Parameters
    ----------
    precision : {"fp16", "fp32"}
        Of the network.
    cuda : Cuda or None
        The GPU's calls; None for those of this machine, after a probe in another process.
    runtime : Runtime or None
        TensorRT's; None for the one that is installed, with the user's cache.
    """

    name = NAME

    def __init__(
        self,
        precision: Precision = "fp16",
        *,
        cuda: Cuda | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        self._precision = precision
        self._cuda = cuda
        self._runtime = runtime
        self._loaded: Loaded | None = None

    @property
    def precision(self) -> Precision:
        """Return the precision of the network."""
        return self._precision

    @property
    def device(self) -> str:
        """Return the GPU's name as its driver has it; "" before `load`."""
        return self._loaded.gpu.name if self._loaded else ""

    def load(
        self,
        model: Model,
        threads: int,  # noqa: ARG002 the CPU's part is the caller's thread
        expected: Expected | None = None,
    ) -> None:
        """Make the model ready; builds an engine for the frames that are expected.

        Raises
        ------
        EngineError
            If there is no GPU, or TensorRT cannot build or run the model.
        MissingExtraError
            If TensorRT or cuda-bindings is not installed.
        """
        self.close()
        if model.axes != "yx":
            raise EngineError(
                f"{NAME}: the model '{model.name}' is for stacks, which this engine does not "
                "restore; use the engine 'onnxruntime'"
            )
        runtime = self._runtime or Runtime(find_flavour(), Cache(cache_folder()))
        cuda = self._cuda or _probed_cuda()
        gpu = _chosen(cuda)
        cuda.use()
        batch = expected.batch if expected else 1
        with ExitStack() as failed:
            loaded = Loaded(model, self._precision, cuda, runtime, gpu, batch)
            failed.callback(loaded.close)
            if expected is not None:
                loaded.prepare(expected)
            failed.pop_all()
        self._loaded = loaded

    def infer(
        self,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        spread: Spread | None = None,
    ) -> None:
        """Restore a batch; see `livecare.engines.protocol.Engine.infer`."""
        loaded = self._need_loaded("infer")
        check_request(NAME, loaded.model, batch, restored, normalisations)
        check_spread(NAME, loaded.model, batch, spread)
        if not len(batch):
            return
        shape_yx = batch.shape[1:]
        counts = fits(normalisations, batch.dtype.name, restored.dtype.name)
        if counts and spread is None and takes_whole(shape_yx):
            pipeline = loaded.for_counts(shape_yx, kind_of(normalisations))
            restore_counts(NAME, pipeline, loaded.pinned, batch, restored, normalisations)
        else:
            padding = loaded.padding(shape_yx)
            request = UnitsRequest(
                NAME, batch, restored, normalisations, spread, padding, loaded.model
            )
            _restore_units(loaded, request)

    def allocate(self, frames: int, shape: tuple[int, ...], dtype: PixelType) -> Pixels:
        """Return room for a batch that the GPU reads and writes by itself, without a copy.

        Parameters
        ----------
        frames : int
            Of the batch.
        shape : tuple of int
            Of a frame, (y, x), pixels.
        dtype : PixelType
            Only batches of uint16 gain by it.

        Returns
        -------
        array, shape (frames, y, x)
            Zeros. Kept until the engine is closed or loaded again, and ordinary memory from then
            on: ask once and use it again.

        Raises
        ------
        EngineError
            If no model is loaded or the memory does not suffice.
        """
        return self._need_loaded("allocate").pinned.allocate((frames, *shape), dtype)

    def close(self) -> None:
        """Free everything; safe to call twice."""
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.close()

    def _need_loaded(self, call: str) -> Loaded:
        if self._loaded is None:
            raise EngineError(f"{NAME}: {call}() before load(); load a model first")
        return self._loaded


def _restore_units(loaded: Loaded, request: UnitsRequest) -> None:
    padded = request.padding.padded
    window = loaded.window(request.padding)
    pipeline = loaded.for_units(window, spread=request.spread is not None)
    if window == padded:
        restore_whole(pipeline, request)
        return
    tiles = tile_frame(padded, window, loaded.model.halo_px, loaded.model.multiple_of)
    restore_tiled(pipeline, request, tiles)


def _probed_cuda() -> Cuda:
    """Return this machine's CUDA, when another process has seen that it answers."""
    cuda = Cuda()  # only imports: a missing package is an error of its own
    found = probe_cuda()
    if isinstance(found, str):
        raise EngineError(f"{NAME}: {found.removeprefix(f'{NAME}: ')}")
    return cuda


def _chosen(cuda: Cuda) -> Gpu:
    gpus = cuda.gpus()
    if not gpus:
        raise EngineError(f"{NAME}: CUDA finds no GPU; use the engine 'onnxruntime'")
    return gpus[DEVICE]
