"""What every engine asks of the frames that it is given, and of those that it gives back."""

import numpy as np
from numpy.typing import NDArray

from livecare.errors import EngineError
from livecare.frame import PIXEL_TYPES, Pixels

BATCH_AXES = 3
"""A batch has the axes (n, y, x)."""


def check_request(engine: str, batch: Pixels, restored: Pixels) -> None:
    """Raise EngineError unless both arrays are batches of one shape and of known pixel types."""
    if batch.ndim != BATCH_AXES or batch.shape != restored.shape:
        raise EngineError(
            f"{engine}: got a batch of shape {batch.shape} and room for {restored.shape}; "
            "give two arrays of the same shape (n, y, x)"
        )
    if 0 in batch.shape[1:]:
        raise EngineError(f"{engine}: got frames of shape {batch.shape[1:]}, which hold no pixel")
    for pixels in (batch, restored):
        if pixels.dtype.name not in PIXEL_TYPES:
            raise EngineError(
                f"{engine}: got pixels of type {pixels.dtype.name}; "
                f"convert to one of {', '.join(PIXEL_TYPES)}"
            )


def check_raw(engine: str, frame: Pixels, index: int) -> None:
    """Raise EngineError if a raw frame of a floating type holds NaN or infinity."""
    if np.issubdtype(frame.dtype, np.floating) and not _all_finite(frame):
        raise EngineError(
            f"{engine}: raw frame {index} of the batch holds values that are not finite; "
            "look at the source: a camera gives none"
        )


def check_restored(engine: str, frame: NDArray[np.float32], index: int) -> None:
    """Raise EngineError if a restored frame holds NaN or infinity."""
    if not _all_finite(frame):
        raise EngineError(
            f"{engine}: the network made values that are not finite from frame {index} of the "
            "batch; check the intensity window, or use another model"
        )


def _all_finite(pixels: Pixels) -> bool:
    """Say whether all values are finite; a sum passes NaN and infinity on without a temporary."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = pixels.sum(dtype=np.float32)
    return bool(np.isfinite(total)) or bool(np.isfinite(pixels).all())
