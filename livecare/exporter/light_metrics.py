"""Knows the metrics of light: what the specimen got, and what restoration saves."""

from collections.abc import Iterator
from typing import Final

from livecare.exporter.family import Family, alone, by, gauge
from livecare.link.telemetry import Telemetry

MS_PER_S: Final = 1000


def light_metrics(now: Telemetry) -> Iterator[Family]:
    """Yield what a snapshot says of light; no samples of what is not known."""
    light = now.light
    yield gauge(
        "livecare_light_given_seconds",
        "Exposure of all frames of the present part.",
        alone(None if light.given_ms is None else light.given_ms / MS_PER_S),
    )
    yield gauge(
        "livecare_photon_factor",
        "How many times more light raw frames would need for the error of the restored ones.",
        by("channel", light.factors),
    )
