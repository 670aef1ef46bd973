"""Reads the exposure that a camera or a recording says of itself."""

import math
from collections.abc import Mapping
from typing import Any


def exposure_in(detail: Mapping[str, Any]) -> float | None:
    """Return the exposure that a description of frames names.

    Parameters
    ----------
    detail : mapping
        What a source or a recording says of itself; the exposure stands under "exposure_ms".

    Returns
    -------
    float or None
        ms, above 0; None where nothing, or no such number, is said.
    """
    try:
        said = float(str(detail.get("exposure_ms")))
    except ValueError:
        return None
    return said if math.isfinite(said) and said > 0 else None
