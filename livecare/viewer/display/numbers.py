"""Knows how numbers read: counts, rates, durations, sizes, ages and pixel values."""

import math
from itertools import pairwise
from typing import Final, TypeGuard

UNKNOWN: Final = "–"
"""Stands where nothing is known."""
_STEP: Final = 1000
"""From one unit of size to the next, and milliseconds per second."""
_SIZES: Final = ("bytes", "kB", "MB", "GB", "TB")
"""Units of size."""
_DURATIONS: Final = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
"""Units of time and their seconds."""
_HUNDRED, _ONE, _TENTH = 99.95, 9.995, 0.9995
"""From which value on three digits are more than enough with 0, 1 and 2 of them behind the dot."""


def count_text(count: float | None) -> str:
    """Return a number of things: "1,234"."""
    return f"{count:,.0f}" if _known(count) else UNKNOWN


def rate_text(rate_hz: float | None) -> str:
    """Return a frame rate: "0.25 fps", "12.3 fps", "120 fps"."""
    return f"{_three_digits(rate_hz)} fps" if _known(rate_hz) else UNKNOWN


def percent_text(percent: float | None) -> str:
    """Return a load: "37 %"."""
    return f"{percent:.0f} %" if _known(percent) else UNKNOWN


def duration_text(seconds: float | None) -> str:
    """Return how long something lasts by its two greatest units: "45 s", "3 h 20 min"."""
    if not _known(seconds):
        return UNKNOWN
    left = max(0, round(seconds))
    for (name, size), (smaller, unit) in pairwise(_DURATIONS):
        parts = round(left / unit)  # so that 3599.6 min do not read "59 h 60 min"
        if parts * unit >= size:
            whole, rest = divmod(parts, size // unit)
            return f"{whole} {name} {rest} {smaller}" if rest else f"{whole} {name}"
    return f"{left} s"


def minutes_text(minutes: float | None) -> str:
    """Return how many minutes last: "3 h 20 min"; "45 s" below one minute."""
    return duration_text(minutes * 60 if _known(minutes) else None)


def age_text(age_ms: float | None) -> str:
    """Return how old something is: "0.8 ms", "38 ms", "1.25 s"; longer ones as durations."""
    if not _known(age_ms):
        return UNKNOWN
    if age_ms < _STEP - 0.5:
        return f"{age_ms:.1f} ms" if age_ms < _ONE else f"{age_ms:.0f} ms"
    seconds = age_ms / _STEP
    return f"{_three_digits(seconds)} s" if seconds < _HUNDRED else duration_text(seconds)


def bytes_text(size: float | None) -> str:
    """Return a size by units of 1000: "512 bytes", "1.23 GB", "345 MB"."""
    if not _known(size):
        return UNKNOWN
    power = 0
    while power < len(_SIZES) - 1 and abs(size) >= _STEP - 0.5:
        size /= _STEP
        power += 1
    return f"{_three_digits(size) if power else format(size, '.0f')} {_SIZES[power]}"


def value_text(value: float | None) -> str:
    """Return a pixel's value in full: "1234", and of floats "1234.5" or "0.01234"."""
    if value is None:
        return UNKNOWN
    return f"{value:.0f}" if math.isfinite(value) and value == round(value) else f"{value:.6g}"


def _three_digits(value: float) -> str:
    digits = 0 if value >= _HUNDRED or value == 0 else 1 if value >= _ONE else 2
    return f"{value:,.{digits}f}"


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
