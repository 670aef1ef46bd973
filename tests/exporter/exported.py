"""What exporters are shown in tests, and how what they serve is read back."""

import time
from collections.abc import Callable
from typing import Any

from made_up_snapshots import made_up_snapshot
from prometheus_client.parser import text_string_to_metric_families

from livecare.exporter.orders import ExporterSpec
from livecare.exporter.view import Fate, View
from livecare.frame import Ledger
from livecare.link.tally import GuardTally, LatencyCounts, LightTally, RingUse, Serving, Tally
from livecare.link.telemetry import Telemetry
from livecare.metrics import BOUNDS_S

PATIENCE_S = 60.0
SPEC = ExporterSpec("20260301-091500-3fa2", 1.5e9, "nowhere", 10.0)
LATENCY = LatencyCounts(BOUNDS_S, (*range(1, len(BOUNDS_S) + 1), 40), 1.25)

Values = dict[tuple[str, frozenset[tuple[str, str]]], float]

TALLY = Tally(
    parts=2,
    unrecorded=Ledger(acquired=5, lost=1),
    failed={"recorded": 2, "restored": 1},
    skipped_live=7,
    backfilled=6,
    passed_over=4,
    restarts={"restorer": 1, "publisher": 0},
    rejected={"push": {"no message of the wire format": 3}},
    recorded_latency=LATENCY,
    restored_latency=LATENCY,
    raw_ring=RingUse(3, 64),
    restored_ring=RingUse(0, 16),
    serving=Serving("default", "openvino", "fp32", "CPU", 4, 0.02),
    guards={"saturated": GuardTally(0.25, 0.01, 9, 2, 25.0)},
)


def telemetry(**changed: Any) -> Telemetry:  # noqa: ANN401 - any field of it
    """Return a snapshot in which every metric has a value."""
    fields: dict[str, Any] = {
        "run_id": "20260301-091500-3fa2.1",
        "ledger": Ledger(acquired=40),
        "persisted_raw": 30,
        "persisted_restored": 28,
        "acquired_hz": 50.0,
        "recorded_hz": 49.0,
        "restored_hz": 48.0,
        "latency_p50_ms": 5.0,
        "latency_p99_ms": 9.0,
        "free_bytes": 10**9,
        "free_minutes": 20.0,
        "model": "default",
        "engine": "openvino fp32 on CPU",
        "restarts": 1,
        "skipped_live": 7,
        "store": "/data/a.ome.zarr",
        "recorded_s": 12.0,
        "marks": 1,
        "cpu_percent": 50.0,
        "gpu_percent": 25.0,
        "total": Ledger(acquired=140, recorded=138, restored=130, skipped=7, failed=3, lost=2),
        "tally": TALLY,
        "light": LightTally(140, 20.0, {"gfp": 12.5}, 2800.0, 32200.0, "light"),
    }
    return made_up_snapshot(**(fields | changed))


def view(fate: Fate = "on", age_s: float = 0.5, **changed: Any) -> View:  # noqa: ANN401
    return View(telemetry(**changed), age_s, fate)


def values(text: str) -> Values:
    """Read Prometheus' text format with Prometheus' own parser."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Values, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def ledger_of(found: Values) -> dict[str, int]:
    """Return the ledger that metrics say."""
    return {
        dict(labels)["outcome"]: int(number)
        for (name, labels), number in found.items()
        if name == "livecare_frames_total"
    }


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
