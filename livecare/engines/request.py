"""What every engine asks of the frames that it is given, and of those that it gives back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from livecare.errors import EngineError, FrameRefusedError
from livecare.frame import PIXEL_TYPES, Pixels
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model

Spread = NDArray[np.float32]


def check_request(
    engine: str,
    model: Model,
    batch: Pixels,
    restored: Pixels,
    normalisations: Sequence[Normalisation],
) -> None:
    """Raise EngineError unless both arrays are batches of one shape and of known pixel types.

    Their axes must be the model's, and there must be a normalisation for each frame.
    """
    axes = ", ".join(("n", *model.axes))
    if batch.ndim != 1 + len(model.axes) or batch.shape != restored.shape:
        raise EngineError(
            f"{engine}: got a batch of shape {batch.shape} and room for {restored.shape}; "
            f"give two arrays of the same shape ({axes})"
        )
    if 0 in batch.shape[1:]:
        raise EngineError(f"{engine}: got frames of shape {batch.shape[1:]}, which hold no pixel")
    if len(normalisations) != len(batch):
        raise EngineError(
            f"{engine}: got {len(batch)} frames and {len(normalisations)} normalisations; "
            "give one for each frame"
        )
    for pixels in (batch, restored):
        if pixels.dtype.name not in PIXEL_TYPES:
            raise EngineError(
                f"{engine}: got pixels of type {pixels.dtype.name}; "
                f"convert to one of {', '.join(PIXEL_TYPES)}"
            )


def check_spread(engine: str, model: Model, batch: Pixels, spread: Spread | None) -> None:
    """Raise EngineError if a spread is asked for that the model or the array has no room for."""
    if spread is None:
        return
    if not model.probabilistic:
        raise EngineError(
            f"{engine}: the model '{model.name}' does not say how sure it is; ask for no spread, "
            "or use a probabilistic model"
        )
    if spread.shape != batch.shape or spread.dtype != np.float32:
        raise EngineError(
            f"{engine}: got room for a spread of shape {spread.shape} and type {spread.dtype}; "
            f"give float32 of the batch's shape {batch.shape}"
        )


def check_disagreement(engine: str, model: Model, batch: Pixels, room: Spread | None) -> None:
    """Raise EngineError if a disagreement is asked for of a model that is no ensemble, or no room.

    See `livecare.models.package.Model.disagrees`.
    """
    if room is None:
        return
    if not model.disagrees:
        raise EngineError(
            f"{engine}: the model '{model.name}' is no ensemble that says how far its members "
            "differ; ask for no disagreement, or fold one (livecare models ensemble)"
        )
    check_spread(engine, model, batch, room)


def apply_intervals(model: Model, scales: Spread) -> None:
    """Make the scales that a network predicted, network units, those of the model's intervals."""
    if model.intervals is not None:
        model.intervals.apply(scales)


def check_raw(engine: str, frame: Pixels, index: int) -> None:
    """Raise FrameRefusedError if a raw frame of a floating type holds NaN or infinity."""
    if np.issubdtype(frame.dtype, np.floating) and not _all_finite(frame):
        raise FrameRefusedError(
            f"{engine}: raw frame {index} of the batch holds values that are not finite; "
            "look at the source: a camera gives none"
        )


def check_restored(engine: str, frame: NDArray[np.float32], index: int) -> None:
    """Raise EngineError if a restored frame holds NaN or infinity."""
    if not _all_finite(frame):
        raise EngineError(
            f"{engine}: the network made values that are not finite from frame {index} of the "
            "batch; check the normalisation, or use another model"
        )


def _all_finite(pixels: Pixels) -> bool:
    """Say whether all values are finite; a sum passes NaN and infinity on without a temporary."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = pixels.sum(dtype=np.float32)
    return bool(np.isfinite(total)) or bool(np.isfinite(pixels).all())
