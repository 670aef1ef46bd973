"""Knows the metrics of a run but for its frames: process, storage, restorer, machine."""

import platform
from collections.abc import Iterator
from typing import Final, get_args

from livecare import __version__
from livecare.exporter.family import Family, alone, by, counter, gauge, states
from livecare.exporter.health import objections
from livecare.exporter.orders import ExporterSpec
from livecare.exporter.view import View
from livecare.link.telemetry import RestorerState, Stage, Telemetry

SECONDS_PER_MINUTE: Final = 60
PERCENT: Final = 100
STAGES: Final[tuple[str, ...]] = (*get_args(Stage), "died")
"""What a run does, or that its process has gone without a word."""
RESTORER_STATES: Final[tuple[str, ...]] = get_args(RestorerState)


def process_metrics(view: View, spec: ExporterSpec) -> Iterator[Family]:
    """Yield what can be said of a run whether it has said anything or not."""
    now = view.telemetry
    yield gauge(
        "livecare_up",
        "1 while the run goes on, 0 once it has ended or its process is gone.",
        alone(view.fate == "on"),
    )
    yield gauge(
        "livecare_ready",
        "1 while frames would be recorded and restored as they should.",
        alone(not objections(view, spec.ready_minutes)),
    )
    yield gauge(
        "livecare_telemetry_age_seconds",
        "Time since the run last said how it is.",
        alone(view.age_s),
    )
    version = {"livecare": __version__, "python": platform.python_version()}
    yield gauge("livecare_build_info", "What runs; always 1.", [(version, 1.0)])
    run = {"run_id": spec.run_id, "store": "" if now is None else now.store}
    yield gauge("livecare_run_info", "The run and its present recording; always 1.", [(run, 1.0)])
    yield gauge(
        "livecare_run_started_timestamp_seconds",
        "When the run began, seconds since 1970.",
        alone(spec.started_s),
    )
    stage: str = "starting" if now is None else now.stage
    stage = "died" if view.fate == "died" else stage
    yield states("livecare_stage", "What the run is doing.", "stage", STAGES, stage)


def storage_metrics(now: Telemetry) -> Iterator[Family]:
    """Yield what a snapshot says of recording, rings and disk."""
    tally = now.tally
    rings = {"raw": tally.raw_ring, "restored": tally.restored_ring}
    waiting = {name: ring.waiting for name, ring in rings.items()}
    slots = {name: ring.slots for name, ring in rings.items()}
    persisted = {"raw": now.persisted_raw, "restored": now.persisted_restored}
    minutes = now.free_minutes
    yield gauge("livecare_recording", "1 while frames are recorded.", alone(now.recording))
    yield gauge(
        "livecare_recording_wanted", "1 while frames are to be recorded.", alone(tally.wanted)
    )
    yield gauge(
        "livecare_recording_seconds",
        "How long the present recording has gone on.",
        alone(now.recorded_s),
    )
    yield gauge(
        "livecare_persisted_sequence",
        "Highest frame of the present recording that is on the disk; -1 before the first.",
        by("lane", persisted),
    )
    yield gauge("livecare_marks", "Events marked in the present recording.", alone(now.marks))
    yield gauge("livecare_disk_free_bytes", "Room left on the disk.", alone(now.free_bytes))
    yield gauge(
        "livecare_disk_free_seconds",
        "How long it lasts at the present rate; absent while nothing comes.",
        alone(None if minutes is None else minutes * SECONDS_PER_MINUTE),
    )
    yield gauge(
        "livecare_ring_frames", "Frames that wait in a ring for the disk.", by("ring", waiting)
    )
    yield gauge("livecare_ring_slots", "Frames that a ring holds.", by("ring", slots))


def restorer_metrics(now: Telemetry) -> Iterator[Family]:
    """Yield what a snapshot says of the restorer, and of what went wrong anywhere."""
    tally, serving = now.tally, now.tally.serving
    yield states(
        "livecare_restorer_state", "What the restorer does.", "state", RESTORER_STATES, now.restorer
    )
    info = serving and {
        "model": serving.model,
        "engine": serving.engine,
        "precision": serving.precision,
        "device": serving.device,
    }
    yield gauge("livecare_engine_info", "What restores; always 1.", [(info, 1.0)] if info else [])
    yield gauge(
        "livecare_engine_seconds_per_frame",
        "How long it takes for a frame, as measured before it served.",
        alone(None if serving is None else serving.seconds_per_frame),
    )
    yield counter(
        "livecare_child_restarts_total",
        "How often a child process was restarted.",
        by("child", tally.restarts),
    )
    yield counter(
        "livecare_rejected_total",
        "Messages and clients that were turned away.",
        [
            ({"origin": origin, "reason": reason}, float(count))
            for origin, reasons in tally.rejected.items()
            for reason, count in reasons.items()
        ],
    )
    yield gauge("livecare_problems", "Problems of the run so far.", alone(len(tally.problems)))


def machine_metrics(now: Telemetry) -> Iterator[Family]:
    """Yield what a snapshot says of the machine."""
    cpu, gpu = now.cpu_percent, now.gpu_percent
    yield gauge(
        "livecare_machine_cpu_ratio",
        "How busy all cores are, from 0 to 1.",
        alone(None if cpu is None else cpu / PERCENT),
    )
    yield gauge(
        "livecare_machine_gpu_ratio",
        "How busy the busiest graphics card is, from 0 to 1.",
        alone(None if gpu is None else gpu / PERCENT),
    )
