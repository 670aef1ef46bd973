"""Metrics are what Prometheus reads, to the frame."""

import msgspec
import pytest

pytest.importorskip("prometheus_client", reason="the extra 'metrics' is missing")

from exported import LATENCY, SPEC, TALLY, ledger_of, telemetry, value, values, view

from livecare.exporter.exposition import exposition
from livecare.exporter.view import View
from livecare.frame import Ledger
from livecare.link.telemetry import decode_telemetry
from livecare.metrics import BOUNDS_S


def test_every_outcome_of_frames_is_said_exactly() -> None:
    total = Ledger(2**53, 2**53 - 1, 123_456_789_012, 3, 4, 5)
    found = values(exposition(view(total=total), SPEC).decode())
    assert ledger_of(found) == msgspec.to_builtins(total)
    assert value(found, "livecare_frames_failed_total", step="recorded") == 2
    assert value(found, "livecare_frames_unrecorded_total", outcome="acquired") == 5
    assert value(found, "livecare_rejected_total", origin="push", reason="no message of the wire format") == 3  # fmt: skip  # noqa: E501


def test_histograms_have_their_buckets_their_sum_and_their_count() -> None:
    found = values(exposition(view(), SPEC).decode())
    name = "livecare_restored_latency_seconds"
    assert value(found, f"{name}_count") == LATENCY.counts[-1]
    assert value(found, f"{name}_sum") == LATENCY.sum_s
    buckets = [labels for (each, labels) in found if each == f"{name}_bucket"]
    assert len(buckets) == len(BOUNDS_S) + 1
    assert value(found, f"{name}_bucket", le="0.000128") == 1
    assert value(found, f"{name}_bucket", le="16.777216") == len(BOUNDS_S)
    assert value(found, f"{name}_bucket", le="+Inf") == LATENCY.counts[-1]


@pytest.mark.parametrize(
    ("fate", "stage", "said"),
    [("on", "acquiring", "acquiring"), ("ended", "ended", "ended"), ("died", "acquiring", "died")],
)
def test_exactly_one_state_is_on(fate: str, stage: str, said: str) -> None:
    found = values(exposition(view(fate, stage=stage), SPEC).decode())  # type: ignore[arg-type]
    on = {labels for (name, labels), number in found.items() if name == "livecare_stage" and number}
    assert on == {frozenset({("stage", said)})}
    assert value(found, "livecare_up") == (fate == "on")


def test_what_is_not_known_is_not_said() -> None:
    nothing = telemetry(
        free_minutes=None,
        cpu_percent=None,
        gpu_percent=None,
        recorded_s=None,
        tally=msgspec.structs.replace(TALLY, serving=None),
    )
    found = values(exposition(View(nothing, 0.0, "on"), SPEC).decode())
    names = {name for name, _ in found}
    for name in ("disk_free_seconds", "machine_cpu_ratio", "recording_seconds", "engine_info"):
        assert f"livecare_{name}" not in names
    assert {name for name, _ in values(exposition(View(None, 0.0, "on"), SPEC).decode())} >= {
        "livecare_up",
        "livecare_build_info",
    }


def test_labels_come_with_every_metric_whatever_is_in_them() -> None:
    odd = 'a "b"\\\nµ'
    spec = msgspec.structs.replace(SPEC, labels={"microscope": odd})
    found = values(exposition(view(store=odd), spec).decode())
    assert {dict(labels)["microscope"] for _, labels in found} == {odd}
    assert value(found, "livecare_run_info", run_id=SPEC.run_id, store=odd, microscope=odd) == 1


def test_a_snapshot_of_an_older_livecare_can_be_shown() -> None:
    fields = msgspec.to_builtins(telemetry())
    old = {key: each for key, each in fields.items() if key not in ("total", "tally")}
    found = decode_telemetry(msgspec.msgpack.encode(old))
    assert ledger_of(values(exposition(View(found, 0.0, "on"), SPEC).decode()))["acquired"] == 0
