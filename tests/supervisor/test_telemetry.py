"""The run's state for other programs."""

import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
import zmq

from livecare.errors import UsageError
from livecare.frame import Ledger
from livecare.link import NormalisationLocked
from livecare.link.tally import LatencyCounts, RingUse, Serving, Tally
from livecare.link.telemetry import (
    KEPT_SNAPSHOTS,
    TOPIC,
    Telemetry,
    TelemetryListener,
    TelemetryServer,
    decode_telemetry,
)

PATIENCE_S = 60.0

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
    recording=False,
    store="/µ/run.ome.zarr",
    recorded_s=1.5,
    marks=2,
    age_p50_ms=3.5,
    age_p99_ms=9.0,
    cpu_percent=50.0,
    gpu_percent=None,
    normalisation=(NormalisationLocked("fixed", {"low": 1.0, "high": 2.0}, "frames", 1),),
    refused={"mark": "nothing is recorded"},
    total=Ledger(acquired=9, recorded=8),
    tally=Tally(
        parts=2,
        restored_latency=LatencyCounts((0.5, 1.0), (1, 2, 3), 1.5),
        rejected={"push": {"numbers": 1}},
        raw_ring=RingUse(1, 8),
        serving=Serving("m", "e", "fp32", "cpu", 4, 0.1),
    ),
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


@pytest.fixture
def server() -> Iterator[TelemetryServer]:
    server = TelemetryServer("tcp://127.0.0.1:*")
    yield server
    server.close()


def numbered(acquired: int) -> Telemetry:
    return msgspec.structs.replace(SNAPSHOT, ledger=Ledger(acquired=acquired))


def heard(
    listener: TelemetryListener, until: Callable[[Telemetry], bool], say: Callable[[], object]
) -> Telemetry:
    """Look until the newest snapshot is one that is wanted; something is said before each look."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        say()
        found = listener.latest()
        if found is not None and until(found):
            return found
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_an_older_runs_snapshot_can_be_read() -> None:
    fields = msgspec.to_builtins(SNAPSHOT)
    old = {key: fields[key] for key in list(fields)[:19]}
    assert "skipped_live" in old
    found = decode_telemetry(msgspec.msgpack.encode(old | {"unheard_of": 1}))
    assert (found.recording, found.store, found.marks, found.refused) == (True, "", 0, {})
    assert (found.age_p50_ms, found.cpu_percent, found.normalisation) == (None, None, ())
    assert (found.total, found.tally) == (Ledger(), Tally())
    younger = msgspec.to_builtins(Tally(parts=3)) | {"unheard_of": 1}
    del younger["serving"]
    found = decode_telemetry(msgspec.msgpack.encode(old | {"tally": younger}))
    assert found.tally == Tally(parts=3)


def test_a_listener_hears_the_newest_and_each_once(server: TelemetryServer) -> None:
    with TelemetryListener(server.endpoint) as listener:
        assert listener.latest() is None
        heard(listener, lambda _: True, lambda: server.send(numbered(0)))
        for acquired in range(1, 6):
            server.send(numbered(acquired))
        last = heard(listener, lambda each: each.ledger.acquired == 5, lambda: None)
        assert last == numbered(5)
        assert listener.latest() is None


def test_who_has_not_listened_for_long_hears_the_newest_soon(server: TelemetryServer) -> None:
    with TelemetryListener(server.endpoint) as listener:
        heard(listener, lambda _: True, lambda: server.send(numbered(0)))
        for acquired in range(1, 20 * KEPT_SNAPSHOTS):
            server.send(numbered(acquired))
        last = 20 * KEPT_SNAPSHOTS - 1
        heard(listener, lambda each: each.ledger.acquired >= last, lambda: None)


def test_a_listener_may_come_before_the_run_and_outlive_it(server: TelemetryServer) -> None:
    endpoint = server.endpoint
    server.close()
    with TelemetryListener(endpoint) as listener:
        for acquired in (1, 2):
            again = TelemetryServer(endpoint)
            found = heard(
                listener,
                lambda each, wanted=acquired: each.ledger.acquired == wanted,  # type: ignore[misc]
                lambda run=again, wanted=acquired: run.send(numbered(wanted)),  # type: ignore[misc]
            )
            assert found == numbered(acquired)
            again.close()


def test_what_is_no_snapshot_is_passed_over() -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.bind("tcp://127.0.0.1:*")
        with TelemetryListener(stranger.getsockopt_string(zmq.LAST_ENDPOINT)) as listener:

            def talk() -> None:
                stranger.send_multipart([TOPIC])
                stranger.send_multipart([TOPIC, msgspec.msgpack.encode(SNAPSHOT)])
                stranger.send_multipart([TOPIC, b"\xc1"])
                stranger.send_multipart([TOPIC, msgspec.msgpack.encode(SNAPSHOT), b"more"])

            assert heard(listener, lambda _: True, talk) == SNAPSHOT


def test_no_endpoint_at_all() -> None:
    with pytest.raises(UsageError, match="cannot listen for telemetry at nowhere"):
        TelemetryListener("nowhere")
