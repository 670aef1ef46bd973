"""The run's state for other programs."""

import msgspec
import pytest
import zmq

from livecare.errors import UsageError
from livecare.frame import Ledger
from livecare.supervisor.telemetry import TOPIC, Telemetry, TelemetryServer, decode_telemetry

SNAPSHOT = Telemetry(
    run_id="run",
    stage="acquiring",
    ledger=Ledger(acquired=7, recorded=6),
    expected=None,
    persisted_raw=5,
    persisted_restored=-1,
    acquired_hz=10.0,
    recorded_hz=9.5,
    restored_hz=0.0,
    latency_p50_ms=None,
    latency_p99_ms=None,
    free_bytes=10**12,
    free_minutes=None,
    restorer="starting",
    model="default-fast",
    engine="onnxruntime fp32 on CPUExecutionProvider",
    why="it is the only one",
    restarts=0,
    skipped_live=0,
)


def test_snapshots_arrive_as_they_were() -> None:
    server = TelemetryServer("tcp://127.0.0.1:*")
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.setsockopt(zmq.SUBSCRIBE, TOPIC)
        subscriber.connect(server.endpoint)
        while not subscriber.poll(10):  # a subscription takes a moment to arrive
            server.send(SNAPSHOT)
        topic, part = subscriber.recv_multipart()
    server.close()
    assert topic == TOPIC
    assert decode_telemetry(part) == SNAPSHOT


def test_what_is_no_snapshot_is_refused() -> None:
    for part in (b"", b"\xc1", msgspec.msgpack.encode({"run_id": "run"})):
        with pytest.raises(msgspec.DecodeError):
            decode_telemetry(part)


def test_a_port_that_is_taken() -> None:
    server = TelemetryServer("tcp://127.0.0.1:*")
    with pytest.raises(UsageError, match=r"set publish\.telemetry to another port"):
        TelemetryServer(server.endpoint)
    server.close()
    TelemetryServer(server.endpoint).close()
