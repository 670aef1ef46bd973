"""Knows the metrics of the guards: what they found in restored frames."""

from collections.abc import Iterator

from livecare.exporter.family import Family, alone, by, counter, gauge
from livecare.link.telemetry import Telemetry


def guard_metrics(now: Telemetry) -> Iterator[Family]:
    """Yield what a snapshot says of the guards; no samples where none watches."""
    found = now.tally.guards
    yield gauge(
        "livecare_guard_value",
        "What a guard found in the latest restored frame that it could judge, in its own unit.",
        by("guard", {name: tally.value for name, tally in found.items()}),
    )
    yield gauge(
        "livecare_guard_threshold",
        "Above it a restored frame is not to be believed, in the same unit.",
        by("guard", {name: tally.threshold for name, tally in found.items()}),
    )
    yield counter(
        "livecare_guard_frames_total",
        "Restored frames that a guard could judge.",
        by("guard", {name: tally.frames for name, tally in found.items()}),
    )
    yield counter(
        "livecare_guard_alarms_total",
        "Restored frames that a guard did not believe.",
        by("guard", {name: tally.alarms for name, tally in found.items()}),
    )
    yield gauge(
        "livecare_alarm",
        "1 while live restored frames in a row are not to be believed.",
        alone(bool(now.alarm)),
    )
