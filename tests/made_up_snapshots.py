"""Snapshots of runs that never were."""

from typing import Any

from livecare.frame import Ledger
from livecare.link.telemetry import Telemetry


def made_up_snapshot(**changed: Any) -> Telemetry:  # noqa: ANN401 - any field of it
    """Return one of a run in which nothing has happened yet, but for what is given."""
    fields: dict[str, Any] = {
        "run_id": "run",
        "stage": "acquiring",
        "ledger": Ledger(),
        "expected": None,
        "persisted_raw": -1,
        "persisted_restored": -1,
        "acquired_hz": 0.0,
        "recorded_hz": 0.0,
        "restored_hz": 0.0,
        "latency_p50_ms": None,
        "latency_p99_ms": None,
        "free_bytes": 0,
        "free_minutes": None,
        "restorer": "ready",
        "model": "",
        "engine": "",
        "why": "",
        "restarts": 0,
        "skipped_live": 0,
    }
    return Telemetry(**(fields | changed))
