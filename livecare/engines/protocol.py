"""What an engine is: raw pixels in, restored pixels out, normalisation included."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels, PixelType
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model

Precision = Literal["fp32", "fp16", "bf16", "int8"]
"""Arithmetic of a network; whatever it is, normalisation and sums with the raw frame are fp32."""
PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)


@dataclass(frozen=True, slots=True)
class Expected:
    """The frames that an engine is going to restore, where they are known beforehand.

    Attributes
    ----------
    shape : tuple of int
        Of a frame, (y, x), or of a stack, (z, y, x), pixels.
    dtype, restored_dtype : PixelType
        Types of raw and restored frames.
    batch : int
        Frames that a batch has at most.
    """

    shape: tuple[int, ...]
    dtype: PixelType = "uint16"
    restored_dtype: PixelType = "uint16"
    batch: int = 1


@runtime_checkable
class Allocating(Protocol):
    """An engine that is quicker with frames in memory of its own, as a GPU is."""

    def allocate(self, frames: int, shape: tuple[int, ...], dtype: PixelType, /) -> Pixels:
        """Return an array `(frames, *shape)` that may be given to `infer`, as batch or as restored.

        It stays an ordinary array when the engine is closed.
        """
        ...


@runtime_checkable
class Engine(Protocol):
    """Runs a model on batches of frames.

    The engine owns the whole way from raw to restored values, so that one running on a GPU can
    fuse normalisation, clipping and rounding into its kernels. `tests/contracts/engine.py` holds
    what every engine must do.
    """

    @property
    def name(self) -> str:
        """Key of the engine in `livecare.engines.ENGINES`."""
        ...

    @property
    def precision(self) -> str:
        """Arithmetic of the network: one of `PRECISIONS`, or "exact" where none runs."""
        ...

    @property
    def device(self) -> str:
        """What the loaded network really runs on, as its library says; "" before `load`."""
        ...

    def load(self, model: Model, threads: int, expected: Expected | None = None) -> None:
        """Make the model ready in place of any other.

        Parameters
        ----------
        model : Model
            A package that was found whole.
        threads : int
            CPU threads that the network may use at once, the caller's included.
        expected : Expected or None
            The frames that are to come: an engine that is built for a size is built for theirs now.
            Others are restored as well, if more slowly. None where nothing is known.

        Raises
        ------
        EngineError
            If the engine cannot run the model.
        """
        ...

    def infer(
        self,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        spread: NDArray[np.float32] | None = None,
    ) -> None:
        """Restore a batch. A frame comes out the same alone and among others.

        Parameters
        ----------
        batch : array, shape (n, y, x), or (n, z, y, x) for a model with the axes zyx
            Raw frames of any size from 1 × 1; left as they are.
        restored : array, shape of `batch`
            Written here, in camera units: an integer type is rounded and clipped to its range,
            float32 is left as it is. May be of another type than `batch`.
        normalisations : sequence of Normalisation, n of them
            What each frame goes through on its way to the network's units and back.
        spread : array, shape of `batch`, float32, or None
            The restored counts' Laplace scale is written here, camera counts, by a model that has
            `scale` among its outputs: in 90 % of the pixels the truth lies within ln(10) times this
            of the restored value. The package's intervals are in it, if there are any.

        Raises
        ------
        EngineError
            If no model is loaded, the arrays do not fit each other, the network fails, a spread is
            asked for that the model does not have, or a raw or restored value is not finite; names
            the frame in the batch.
        """
        ...

    def close(self) -> None:
        """Free everything; safe to call twice."""
        ...
