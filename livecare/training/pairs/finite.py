"""Refuses pixels that are no numbers, whenever a frame is read."""

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels


def check_finite(frame: Pixels, label: str) -> None:
    """Refuse NaN and infinity.

    Raises
    ------
    UsageError
        Names the frame and the first such pixel.
    """
    if not np.issubdtype(frame.dtype, np.floating) or bool(np.isfinite(frame).all()):
        return
    wrong = np.argwhere(~np.isfinite(frame))
    y, x = wrong[0]
    raise UsageError(
        f"{label}: {len(wrong)} pixels are NaN or infinite, the first at row {y}, column {x}; "
        "replace them by their neighbours' median or leave the frame out"
    )
