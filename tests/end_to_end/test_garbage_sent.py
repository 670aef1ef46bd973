"""Garbage for the sockets of a run: counted, and nothing changes."""

import socket

import msgspec
import zmq
from complete_run import assert_complete
from live_run import PATIENCE_S, StartRun, simulated

from livecare.link.reporting import WORD_MARK

Context = zmq.Context[zmq.Socket[bytes]]


def packed(kind: str, /, **fields: object) -> bytes:
    return msgspec.msgpack.encode({"type": kind, **fields})


def locked(kind: str, **values: float) -> bytes:
    return packed("NormalisationLocked", kind=kind, values=values, origin="")


GOOD = packed("Progress", cursor=5, skipped=0)
GARBAGE: list[list[bytes]] = [
    [b""],
    [b"\xc1"],
    [GOOD[:-1]],
    [GOOD, b"more"],
    [b"\xff" * 1000],
    [packed("Hello")],
    [packed("FrameFailed", sequence=-8, reason="")],
    [packed("FrameFailed", sequence=1 << 62, reason="")],
    [packed("FrameFailed", sequence=10**8, reason="")],
    [locked("fixed", low=9.0, high=1.0)],
    [locked("fixed", low=float("nan"), high=1.0)],
    [locked("anscombe", low=0.0, high=1.0)],
    [packed("Progress", cursor=-5, skipped=0)],
    [bytes([0x91]) * 5000],  # nested beyond any reader's patience
]
"""Reports that are none, as their parts behind the word that the recorder wants to hear."""


def send_reports(context: Context, endpoint: str, word: bytes) -> None:
    """Send reports that are none, and a good one of somebody who does not know the word."""
    with context.socket(zmq.PUSH) as push, context.socket(zmq.PUSH) as huge:
        for pushing in (push, huge):
            pushing.setsockopt(zmq.LINGER, int(PATIENCE_S * 1e3))
            pushing.connect(endpoint)
        for parts in GARBAGE:
            push.send_multipart([word, *parts])
        push.send_multipart([GOOD])  # a stranger's: without the word nothing is read
        huge.send(bytes(1 << 20))  # refused: the connection is cut


def subscribe_rudely(context: Context, endpoint: str) -> None:
    """Send subscriptions that are none beside one that is, which goes on."""
    with (
        context.socket(zmq.SUB) as subscriber,
        context.socket(zmq.XSUB) as foreign,
        context.socket(zmq.XSUB) as rude,
    ):
        for previewing in (subscriber, foreign, rude):
            previewing.setsockopt(zmq.LINGER, 0)
            previewing.connect(endpoint)
        subscriber.setsockopt(zmq.SUBSCRIBE, b"raw")
        assert subscriber.poll(PATIENCE_S * 1e3)
        rude.send(bytes(1 << 20))  # refused: the connection is cut
        for parts in ([b""], [b"raw"], [b"\xff" * 500], [b"a", b"\x00raw"], [b"\x01raw"]):
            foreign.send_multipart(parts)
        assert foreign.poll(PATIENCE_S * 1e3)  # it was greeted: the garbage has arrived
        for _ in range(20):
            assert subscriber.poll(PATIENCE_S * 1e3), "a stranger cut the subscriber off"
            subscriber.recv_multipart()


def speak_http(endpoint: str) -> None:
    host, port = endpoint.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)


def test_garbage_is_counted_and_changes_nothing(start_run: StartRun) -> None:
    run = start_run(simulated(frames=None, rate_hz=100, size_yx=(32, 32)))
    run.until(lambda now: now.ledger.restored > 10)
    orders = msgspec.json.decode((run.folder / "restorer.json").read_bytes())
    reports, _, word = orders["report_endpoint"].partition(WORD_MARK)
    previews = (run.folder / "preview.endpoint").read_text(encoding="utf-8")
    with zmq.Context() as context:
        send_reports(context, reports, word.encode())
        subscribe_rudely(context, previews)
    speak_http(reports)
    speak_http(previews)
    before = run.now()
    run.until(lambda now: now.ledger.restored > before.ledger.restored + 100)
    run.interrupt()
    assert_complete(run)
    outcome = run.finish()
    assert outcome.report["restorer"]["malformed_reports"] == len(GARBAGE)
    assert outcome.report["restorer"]["restarts"] == 0
    assert "child died" not in outcome.stderr
