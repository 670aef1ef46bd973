"""Knows what is to be said across the window: what an operator must not overlook; no Qt."""

from typing import Final, Literal, NamedTuple

from livecare.link.telemetry import Telemetry
from livecare.viewer.feed.session import Step

LEAST_DISK_MINUTES: Final = 10.0
"""Room on the disk below which a person is warned, minutes: time to find another disk, or to end an
experiment well."""

KEYS: Final = ("silent", "trouble", "given up", "degraded", "alarm", "disk", "ended")
"""What there may be messages about."""


class Message(NamedTuple):
    """What is said about one thing.

    Attributes
    ----------
    severity : str
        How bad it is.
    text : str
        The words.
    """

    severity: Literal["warning", "note"]
    text: str


def messages_of(step: Step, telemetry: Telemetry | None) -> dict[str, Message]:
    """Return what there is to say now, by one of `KEYS`.

    Parameters
    ----------
    step : Step
        How the run is reached.
    telemetry : Telemetry or None
        What it said last.
    """
    found: dict[str, Message] = {}
    if step.silent:
        found["silent"] = Message("warning", step.words)
    if step.trouble is not None:
        found["trouble"] = Message("warning", step.trouble)
    if telemetry is None:
        return found
    if step.state == "ended":
        if telemetry.store:
            found["ended"] = Message("note", f"Recorded: {telemetry.store}")
        return found
    if telemetry.restorer == "given up":
        words = "Nothing is restored any more; recording goes on. The log says why."
        found["given up"] = Message("warning", words)
    if telemetry.degraded:
        words = f"{telemetry.degraded[0].upper()}{telemetry.degraded[1:]}. Recording goes on."
        found["degraded"] = Message("warning", words)
    if telemetry.alarm:
        found["alarm"] = Message("warning", telemetry.alarm)
    minutes = telemetry.free_minutes
    if telemetry.recording and minutes is not None and minutes < LEAST_DISK_MINUTES:
        found["disk"] = Message("warning", f"The disk is full in {minutes:.0f} min.")
    return found


def lost_frames(telemetry: Telemetry | None) -> int:
    """Return how many frames the recording that is on has lost; 0 where nothing is recorded."""
    return telemetry.ledger.lost if telemetry is not None and telemetry.recording else 0


def unrestored_note(telemetry: Telemetry | None) -> str:
    """Say why there is no restored frame, where the run says so; "" where it does not."""
    notes = {
        "off": "This run restores nothing: it only records.",
        "starting": "The restorer is starting…",
        "building": "The restorer gets its engine ready…",
        "degraded": "The restorer cannot restore now; frames pass as they came.",
        "restarting": "The restorer is starting again…",
        "given up": "The restorer has failed; recording goes on.",
    }
    return "" if telemetry is None else notes.get(telemetry.restorer, "")
