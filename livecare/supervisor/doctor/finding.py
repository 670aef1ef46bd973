"""What one line of an examination is."""

from dataclasses import dataclass
from typing import Literal

Light = Literal["green", "yellow", "red"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of an examination.

    Attributes
    ----------
    what : str
        What was looked at.
    found : str
        What was found.
    light : {"green", "yellow", "red"}
        "green" is good, "yellow" is absent or weak and may be left so, "red" is broken.
    cure : str or None
        What to do about it; None only where it is green.
    essential : bool
        Whether not even a demonstration works while this is red.
    """

    what: str
    found: str
    light: Light = "green"
    cure: str | None = None
    essential: bool = False


def out_of_sight(what: str, error: PermissionError, *, essential: bool = False) -> Finding:
    """Return the finding of a place that this user may not look at: whose it is may."""
    found = f"{error.filename} cannot be looked at: {error.strerror}"
    cure = "run livecare doctor as the user that will record (a service's), or with sudo"
    return Finding(what, found, "red", cure, essential)


def demo_would_work(findings: list[Finding]) -> bool:
    """Tell whether `livecare demo` would work on a machine where this was found."""
    return not any(finding.essential and finding.light == "red" for finding in findings)
