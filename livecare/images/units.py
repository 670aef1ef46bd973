"""How lengths and times of any unit become micrometres and seconds."""

from collections.abc import Mapping
from typing import Final

_UM: Final = {
    "µm": 1.0,
    "μm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "\\u00b5m": 1.0,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "å": 1e-4,
    "angstrom": 1e-4,
}
"""Micrometres per unit; "µ" has two characters, and ImageJ writes an escaped one."""

_SECONDS: Final = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "ms": 1e-3,
    "µs": 1e-6,
    "min": 60.0,
    "h": 3600.0,
}
"""Seconds per unit."""

_LEAST: Final = 1e-9
"""Lengths, µm, and times, s, that are not above this mean "unknown"."""


def micrometres(size: object, unit: object = "µm") -> float | None:
    """Return a length in µm, None where it is none or its unit is unknown."""
    return _convert(size, unit, _UM)


def seconds(time: object, unit: object = "s") -> float | None:
    """Return a time in seconds, None where it is none or its unit is unknown."""
    return _convert(time, unit, _SECONDS)


def _convert(size: object, unit: object, units: Mapping[str, float]) -> float | None:
    factor = units.get(str(unit).strip().lower())
    if factor is None or not isinstance(size, int | float | str):
        return None
    try:
        value = abs(float(size)) * factor
    except ValueError:
        return None
    return value if _LEAST < value < float("inf") else None
