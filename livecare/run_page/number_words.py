"""How numbers and times are written on a run's page."""

from datetime import UTC, datetime
from typing import Final

MINUTE_S: Final = 60
HOUR_S: Final = 3600
SHORT_S: Final = 180
"""Up to here time is in seconds, and up to so many minutes in minutes; beyond, in hours."""


def count(value: int) -> str:
    """Return a number of frames, its thousands apart."""
    return f"{value:,}".replace(",", " ")


def share(part: int, whole: int) -> str:
    """Return a part in percent."""
    return f"{100 * part / whole:.3g} %" if whole else "–"


def short(value: float) -> str:
    """Return a number with four digits."""
    return f"{value:.4g}".replace("-", "−")


def between(low: float, high: float) -> str:
    """Return a number, or the two that it moved between."""
    return short(low) if low == high else f"{short(low)} to {short(high)}"


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    unit, name = time_unit(seconds)
    return f"{seconds / unit:.3g} {name}"


def time_unit(seconds: float) -> tuple[float, str]:
    """Return the unit in which so long a time is told: its length in seconds, and its sign."""
    if seconds <= SHORT_S:
        return 1, "s"
    if seconds <= SHORT_S * MINUTE_S:
        return MINUTE_S, "min"
    return HOUR_S, "h"


def day(wall_ns: int) -> str:
    """Return the day of an instant (ns since 1970), UTC."""
    return f"{datetime.fromtimestamp(wall_ns / 1e9, UTC):%Y-%m-%d}"


def instant(wall_ns: int) -> str:
    """Return an instant (ns since 1970) as date and time, UTC."""
    return f"{datetime.fromtimestamp(wall_ns / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
