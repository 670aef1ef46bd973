"""Knows the metrics of frames: what became of them, how fast, and how long it took."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from livecare.exporter.family import Family, alone, by, counter, gauge, histogram
from livecare.link.telemetry import Telemetry

LOOKED_AT: Final = ("acquired", "lost")
"""What is counted of frames that were only looked at: nothing else becomes of them."""
STEPS: Final = ("recorded", "restored")
"""What a failed frame could not be."""


def frame_metrics(now: Telemetry) -> Iterator[Family]:
    """Yield the metrics of a snapshot that are about frames."""
    yield from _counts(now)
    yield from _latencies(now)


def _counts(now: Telemetry) -> Iterator[Family]:
    tally, unrecorded = now.tally, asdict(now.tally.unrecorded)
    yield counter(
        "livecare_frames_total",
        "What became of the frames of all recordings of the run.",
        by("outcome", asdict(now.total)),
    )
    yield counter(
        "livecare_frames_unrecorded_total",
        "What became of frames that were only looked at.",
        by("outcome", {name: unrecorded[name] for name in LOOKED_AT}),
    )
    yield counter(
        "livecare_frames_failed_total",
        "The failed frames, by the step that they could not take.",
        by("step", {step: tally.failed.get(step, 0) for step in STEPS}),
    )
    yield counter(
        "livecare_frames_skipped_live_total",
        "Frames passed over while live; most are restored later.",
        alone(tally.skipped_live),
    )
    yield counter(
        "livecare_frames_backfilled_total",
        "Frames that were restored later.",
        alone(tally.backfilled),
    )
    yield counter(
        "livecare_frames_passed_over_total",
        "Frames that a newest-only tap skips by design.",
        alone(tally.passed_over),
    )
    yield gauge(
        "livecare_loss_estimated",
        "1 where the number of lost frames is in part a guess.",
        alone(tally.loss_estimated),
    )
    yield counter("livecare_parts_total", "Parts of the run so far.", alone(tally.parts))


def _latencies(now: Telemetry) -> Iterator[Family]:
    rates = {
        "acquired": now.acquired_hz,
        "recorded": now.recorded_hz,
        "restored": now.restored_hz,
    }
    yield gauge("livecare_frames_per_second", "The present rates.", by("step", rates))
    yield histogram(
        "livecare_recorded_latency_seconds",
        "From a frame's arrival until the store had taken it.",
        now.tally.recorded_latency,
    )
    yield histogram(
        "livecare_restored_latency_seconds",
        "From a live frame's arrival until it was published restored.",
        now.tally.restored_latency,
    )
