"""Knows when a run is healthy and when it is ready, and says why not in words."""

from typing import Final

from livecare.exporter.view import View
from livecare.link.telemetry import Stage, Telemetry

OVER: Final[tuple[Stage, ...]] = ("draining", "backfilling", "finishing", "ended")
"""Stages in which nothing more is acquired."""
FULL: Final = 0.75
"""Share of the raw ring that may wait for the disk: a disk that keeps up leaves it nearly empty."""


def complaints(view: View) -> list[str]:
    """Say why the run's process is not well; nothing where it is."""
    if view.fate == "died":
        return ["livecare's process is gone without having ended its run: see its log"]
    if view.fate == "ended":
        return []
    if view.telemetry is None:
        return [f"livecare has not said anything yet, for {view.age_s:.0f} s"]
    if view.silent:
        return [f"livecare has said nothing for {view.age_s:.0f} s: it hangs, or is stopped"]
    return []


def objections(view: View, ready_minutes: float) -> list[str]:
    """Say why the run could not take an experiment's frames now as it should.

    Parameters
    ----------
    view : View
        The run.
    ready_minutes : float
        Time that the disk must last at least, minutes.
    """
    found = complaints(view)
    if found or view.telemetry is None:
        return found
    now = view.telemetry
    if view.fate == "ended" or now.stage in OVER:
        return ["the acquisition is over"]
    if now.stage == "starting":
        found.append("it is starting, or waits for its source")
    return [*found, *_of_restorer(now), *_of_disk(now, ready_minutes), *_of_recording(now)]


def _of_restorer(now: Telemetry) -> list[str]:
    if now.restorer in ("off", "ready") or not now.tally.parts:
        return []
    words = f": {now.degraded}" if now.degraded else ""
    return [f"the restorer is {now.restorer}{words}"]


def _of_disk(now: Telemetry, ready_minutes: float) -> list[str]:
    if now.free_minutes is None or now.free_minutes >= ready_minutes:
        return []
    words = f"less than the {ready_minutes:g} of metrics.ready_minutes: free some"
    return [f"the disk lasts for {now.free_minutes:.1f} min more, {words}"]


def _of_recording(now: Telemetry) -> list[str]:
    found = [f"in trouble: {problem}" for problem in now.tally.problems]
    ring = now.tally.raw_ring
    if ring.slots and ring.waiting > FULL * ring.slots:
        found.append(
            f"the disk is too slow: {ring.waiting} of the {ring.slots} frames that the ring holds "
            "wait for it"
        )
    if now.tally.wanted and now.tally.parts and not now.recording:
        found.append("nothing is recorded, although it should be")
    return found
