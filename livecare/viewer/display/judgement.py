"""Knows what the guards have said of a picture, or of the newest one before it that they saw."""

from collections.abc import Callable, Iterable
from typing import Final

from livecare.frame import GuardReading
from livecare.guards import GUARDS
from livecare.viewer.seen import SeenFrame, View

RECENT: Final = 100
"""Frames before the shown one of which one may speak for it: most live ones are spared in turn."""
NEEDS_CAMERA: Final = "noise"
"""A guard that judges every frame of which the camera's values are known."""

Readings = dict[str, GuardReading]

History = Callable[[int], Iterable[tuple[SeenFrame | None, SeenFrame | None]]]
"""Gives a channel's kept frames, raw and restored."""


def judged(view: View, history: History) -> Readings:
    """Return what the guards say of what is shown, by their names; nothing if they saw none."""
    spoken = []
    for frame in (each.restored for each in view.channels):
        if frame is None or not frame.restored:
            continue
        pairs = history(frame.header.position.c)
        speaks = newest_judged(frame, (restored for _, restored in pairs if restored is not None))
        spoken += [] if speaks is None else [speaks]
    return join(spoken)


def newest_judged(shown: SeenFrame, kept: Iterable[SeenFrame]) -> SeenFrame | None:
    """Return the frame whose readings speak for a restored one.

    Parameters
    ----------
    shown : SeenFrame
        What is shown.
    kept : iterable of SeenFrame
        Restored frames of its channel, oldest first.

    Returns
    -------
    SeenFrame or None
        It, or the newest of the `RECENT` frames before it that the guards saw; None without any.
    """
    if _readings(shown):
        return shown
    newest = shown.header.sequence
    found = None
    for frame in kept:
        near = newest - RECENT <= frame.header.sequence < newest
        if near and frame.run_id == shown.run_id and _readings(frame):
            found = frame
    return found


def join(frames: Iterable[SeenFrame]) -> Readings:
    """Return the readings of several channels' frames; of a guard's, one that is an alarm."""
    joined: Readings = {}
    for frame in frames:
        for name, reading in _readings(frame).items():
            if name not in joined or reading.alarm:
                joined[name] = reading
    return joined


def sentences(readings: Readings) -> list[str]:
    """Say of each alarm what is seen and what to do; guards of other versions say nothing."""
    return [
        f"{GUARDS[name].sentence(reading)} {GUARDS[name].cure}"
        for name, reading in readings.items()
        if reading.alarm and name in GUARDS
    ]


def _readings(frame: SeenFrame) -> Readings:
    return {} if frame.restoration is None else frame.restoration.guards
