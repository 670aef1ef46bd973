"""Knows how guards are called on a page; those of other versions keep the names that they have."""

from livecare.frame import GuardReading
from livecare.guards import GUARDS


def guard_title(name: str) -> str:
    """Return a guard's title."""
    known = GUARDS.get(name)
    return known.title if known else name.replace("_", " ").replace("-", " ")


def guard_unit(name: str) -> str:
    """Return the unit of a guard's values."""
    known = GUARDS.get(name)
    return known.unit if known and known.unit else "value"


def guard_sentence(name: str, reading: GuardReading) -> str:
    """Return what a reading means; "" where that is not known."""
    known = GUARDS.get(name)
    return known.sentence(reading) if known else ""


def guard_cure(name: str) -> str:
    """Return what to do about an alarm; "" where that is not known."""
    known = GUARDS.get(name)
    return known.cure if known else ""
