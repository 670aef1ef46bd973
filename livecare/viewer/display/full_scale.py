"""Knows from which value on a pixel of the camera is saturated."""

from livecare.frame import StreamInfo


def full_scale(info: StreamInfo | None) -> float | None:
    """Return the greatest value of a camera that uses fewer bits than its pixels have.

    None where the run does not say it: then it is the greatest of the pixels' type.
    """
    bits = None if info is None else info.detail.get("bit_depth")
    return float(2**bits - 1) if isinstance(bits, int) and bits > 0 else None
