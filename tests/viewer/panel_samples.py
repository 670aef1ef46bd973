"""Telemetry, frames and views that the panels' tests show; no Qt."""

from dataclasses import replace
from typing import Any

import numpy as np

from livecare.frame import FrameHeader, GuardReading, Ledger, Position, Restoration
from livecare.link.tally import LightTally
from livecare.link.telemetry import Telemetry
from livecare.viewer.seen import ChannelView, SeenFrame, View

RUN: dict[str, Any] = {
    "run_id": "20260101-120000-a1b2",
    "stage": "acquiring",
    "ledger": Ledger(12_345, 12_345, 12_301, 0, 0, 0),
    "expected": None,
    "persisted_raw": 12_344,
    "persisted_restored": 12_300,
    "acquired_hz": 100.2,
    "recorded_hz": 100.2,
    "restored_hz": 98.4,
    "latency_p50_ms": 20.0,
    "latency_p99_ms": 50.0,
    "free_bytes": 823_000_000_000,
    "free_minutes": 200.0,
    "restorer": "ready",
    "model": "default-fast",
    "engine": "onnxruntime fp32 on CPU",
    "why": "the fastest of those that were tried",
    "restarts": 0,
    "skipped_live": 44,
    "store": "/recordings/cells.zarr",
    "recorded_s": 12.7,
    "age_p50_ms": 38.0,
    "age_p99_ms": 122.0,
    "cpu_percent": 61.0,
    "light": LightTally(140, 20.0, {"gfp": 12.4, "cy5": 30.0}, 2800.0, 32200.0, "light"),
}


def telemetry(**changed: Any) -> Telemetry:  # noqa: ANN401 - of every type
    return Telemetry(**(RUN | changed))


def restoration(
    engine: str = "onnxruntime", guards: dict[str, GuardReading] | None = None
) -> Restoration:
    made = Restoration(engine, "fp32", "default-fast", "ab" * 32, "fixed", {}, 0, 0, 0, 1)
    return replace(made, guards=guards or {})


def view(made: Restoration | None = None, reduction: int = 1) -> View:
    header = FrameHeader(5, Position(5), (8, 8), "uint16", 0)
    pixels = np.zeros((8, 8), np.uint16)
    raw = SeenFrame("run", header, pixels, None, reduction)
    restored = None if made is None else SeenFrame("run", header, pixels, made, reduction)
    return View((ChannelView(raw, restored, raw),), 0, 1)
