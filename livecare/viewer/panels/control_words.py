"""Knows in which words controls say what a run does, and why they are refused; no Qt."""

from collections.abc import Mapping
from typing import Final

NO_RUN: Final = "no run is attached"
"""Why nothing can be asked for."""
START: Final = "Record"
"""On the record button while nothing is recorded."""
STOP: Final = "Stop recording"
"""On the record button while frames are recorded."""
RECORD_TIP: Final = "Record every frame, raw and restored, to the disk."
"""What the record button does."""
NAMES: Final = {
    "record": "Record",
    "mark": "Mark",
    "snapshot": "Snapshot",
    "swap": "Model",
    "relock": "Brightness",
}
"""What each control is called where it is spoken of."""
BUSY: Final = {
    "record": "one moment…",
    "mark": "the mark is being saved…",
    "relock": "the brightness is being measured…",
}
"""Why a control is refused while what it asked for is under way."""
BLANK: Final = "\u00a0"
"""Keeps the line of words open, so that the picture below does not jump."""


def recording_words(recording: bool, lasted_s: float | None) -> str:  # noqa: FBT001 - reads well
    """Return what the record button says."""
    if not recording:
        return START
    return STOP if lasted_s is None else f"{STOP} {clock_text(lasted_s)}"


def clock_text(seconds: float) -> str:
    """Return a duration as a clock shows it: "00:12", "1:02:03"."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"


def lasting_words(reasons: Mapping[str, str]) -> str:
    """Return what is not possible now and why; BLANK where everything is.

    Parameters
    ----------
    reasons : mapping
        Why each control is refused, by its key; "" where it is not.
    """
    grouped: dict[str, list[str]] = {}
    for key, reason in reasons.items():
        if reason:
            grouped.setdefault(reason, []).append(NAMES[key])
    if NO_RUN in grouped:
        return f"{NO_RUN[0].upper()}{NO_RUN[1:]}."
    parts = (f"{', '.join(names)}: {reason}" for reason, names in grouped.items())
    return "   ·   ".join(parts) or BLANK
