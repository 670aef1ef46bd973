"""Reports and wake-ups between processes: what is no report is refused, and changes nothing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from livecare.errors import ProtocolError, UsageError
from livecare.link import (
    MAX_REPORT_BYTES,
    FrameFailed,
    LockWaits,
    NormalisationLocked,
    Progress,
    PublisherSpec,
    Ready,
    Report,
    Reporter,
    ReportInbox,
    RestorerSpec,
    WakeListener,
    Waker,
    read_spec,
    write_spec,
)

Context = zmq.Context[zmq.Socket[bytes]]
PATIENCE_MS = 20_000

REPORTS: list[Report] = [
    Ready("onnxruntime", "fp32", 4, 0.012),
    NormalisationLocked("ema", {"low": 100.0, "high": 1200.5}, "the first frames"),
    NormalisationLocked(
        "anscombe", {"gain": 0.5, "offset": 100.0, "read_noise": 1.5, "binning": 1.0}, channel=3
    ),
    LockWaits(1, "no noise in 8 frames"),
    Progress(17, 3),
    FrameFailed(5, "the network made values that are not finite"),
]


@pytest.fixture
def context() -> Iterator[Context]:
    context: Context = zmq.Context()
    yield context
    context.destroy(linger=0)


@pytest.fixture
def inbox(context: Context) -> Iterator[ReportInbox]:
    inbox = ReportInbox(context)
    yield inbox
    inbox.close()


def test_reports_arrive_in_order(context: Context, inbox: ReportInbox) -> None:
    with Reporter(context, inbox.endpoint) as reporter:
        for report in REPORTS:
            reporter.send(report)
        assert [inbox.receive(PATIENCE_MS) for _ in REPORTS] == REPORTS
    assert inbox.receive(0) is None


def pack(**fields: object) -> bytes:
    return msgspec.msgpack.encode(fields)


def locked(kind: str, **values: object) -> bytes:
    return pack(type="NormalisationLocked", kind=kind, values=values, origin="")


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"\xc1"],
        [pack(type="Progress", cursor=5)],
        [pack(type="Progress", cursor=5, skipped=0)[:-1]],
        [pack(type="Progress", cursor=5, skipped=0), b""],
        [pack(type="Progress", cursor=-1, skipped=0)],
        [pack(type="Progress", cursor=5.5, skipped=0)],
        [pack(type="FrameFailed", sequence=-1, reason="")],
        [locked("fixed", low=2.0, high=1.0)],
        [locked("fixed", low=float("nan"), high=1.0)],
        [locked("ema", low=0.0, high=float("inf"))],
        [locked("fixed", low=0.0)],
        [locked("per-frame", low=0.0, high=1.0, more=2.0)],
        [locked("fixed", gain=1.0, offset=0.0, read_noise=0.0)],
        [locked("anscombe", low=0.0, high=1.0)],
        [locked("anscombe", gain=0.0, offset=0.0, read_noise=0.0)],
        [locked("anscombe", gain=float("nan"), offset=0.0, read_noise=0.0)],
        [locked("anscombe", gain=1.0, offset=0.0, read_noise=-1.0)],
        [locked("window", low=0.0, high=1.0)],
        [locked("fixed", low="0", high=1.0)],
        [pack(type="NormalisationLocked", kind="fixed", values={"low": 0, "high": 1}, channel=-1)],
        [pack(type="LockWaits", channel=-1, reason="")],
        [pack(type="LockWaits", channel=0)],
        [pack(type="Sabotage")],
        [pack(cursor=5, skipped=0)],
        [b"\x91" * 5000],
    ],
)
def test_what_is_no_report_is_refused(
    context: Context, inbox: ReportInbox, parts: list[bytes]
) -> None:
    with context.socket(zmq.PUSH) as stranger, Reporter(context, inbox.endpoint) as reporter:
        stranger.connect(inbox.endpoint)
        stranger.send_multipart(parts)
        with pytest.raises(ProtocolError):
            inbox.receive(PATIENCE_MS)
        reporter.send(Progress(1, 0))
        assert inbox.receive(PATIENCE_MS) == Progress(1, 0)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_report_or_refused(garbage: bytes) -> None:
    context: Context = zmq.Context.instance()
    inbox = ReportInbox(context)
    with context.socket(zmq.PUSH) as stranger:
        stranger.connect(inbox.endpoint)
        stranger.send(garbage)
        try:
            assert isinstance(inbox.receive(PATIENCE_MS), Report)
        except ProtocolError:
            pass
        finally:
            inbox.close()


def test_a_report_that_is_too_long_cuts_the_connection(
    context: Context, inbox: ReportInbox
) -> None:
    with context.socket(zmq.PUSH) as stranger, Reporter(context, inbox.endpoint) as reporter:
        monitor = stranger.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        stranger.connect(inbox.endpoint)
        stranger.send(bytes(MAX_REPORT_BYTES + 1))
        assert monitor.poll(PATIENCE_MS)
        stranger.disable_monitor()
        monitor.close()
        reporter.send(Progress(1, 0))
        assert inbox.receive(PATIENCE_MS) == Progress(1, 0)


def test_everything_is_bound_to_this_machine_only(context: Context, inbox: ReportInbox) -> None:
    waker = Waker(context)
    for endpoint in (inbox.endpoint, waker.endpoint):
        assert endpoint.startswith("tcp://127.0.0.1:")
        with socket.create_connection(("127.0.0.1", int(endpoint.rsplit(":", 1)[1]))):
            pass
    waker.close()


def test_a_listener_hears_all_wakers(context: Context) -> None:
    wakers = [Waker(context), Waker(context)]
    listener = WakeListener(context, tuple(waker.endpoint for waker in wakers))
    for waker in wakers:
        for _ in range(PATIENCE_MS // 10):  # a subscription takes a moment to arrive
            waker.wake()
            if listener.socket.poll(10):
                break
        assert listener.socket.poll(0)
        while listener.socket.poll(50):
            listener.wait(0)
    listener.wait(1)  # nothing comes: it returns all the same
    listener.close()
    for waker in wakers:
        waker.wake()  # nobody listens: it does not block
        waker.close()


RESTORER = RestorerSpec(
    run_id="run",
    raw_ring="raw.ring",
    restored_ring="restored.ring",
    wake_endpoints=("tcp://127.0.0.1:1", "tcp://127.0.0.1:2"),
    report_endpoint="tcp://127.0.0.1:3",
    engine="identity",
    model="default-fast",
    threads=1,
    shape_yx=(16, 20),
    dtype="uint16",
    restored_dtype="float32",
    latency_budget_ms=100.0,
    max_batch=8,
    lock_frames=8,
    normalisation="fixed",
    window=(100.0, 200.0),
    camera=(2.0, 100.0, 1.5),
    locked=(
        NormalisationLocked("fixed", {"low": 1.0, "high": 2.0}),
        NormalisationLocked("fixed", {"low": 3.0, "high": 4.0}, "a test", 5),
    ),
)
PUBLISHER = PublisherSpec(
    raw_ring="raw.ring",
    restored_ring="restored.ring",
    wake_endpoints=(),
    preview_endpoint="tcp://127.0.0.1:*",
    preview_file="preview",
    end_file="end",
    max_hz=30.0,
    start_file="start",
)


def test_wake_ups_soon_after_another_are_not_lost(context: Context) -> None:
    """A queue of one lost most of them; one in thousands may still cost a heartbeat."""
    waker = Waker(context)
    listener = WakeListener(context, (waker.endpoint,))
    while not listener.socket.poll(1):  # until it is connected
        waker.wake()
    listener.clear()
    lost = 0
    for _ in range(200):
        waker.wake()
        if listener.socket.poll(PATIENCE_MS // 20):
            listener.clear()
        else:
            lost += 1
    assert lost <= 2
    listener.close()
    waker.close()


def test_orders_come_back_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    write_spec(file, RESTORER)
    assert read_spec(file, RestorerSpec) == RESTORER
    write_spec(file, PUBLISHER)
    assert read_spec(file, PublisherSpec) == PUBLISHER


@pytest.mark.parametrize("content", [None, b"", b"{", b"{}", b"\xff"])
def test_wrong_orders_are_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "orders.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=r"orders\.json"):
        read_spec(file, RestorerSpec)
