"""Children that are killed, stopped or lied to: nothing is lost, and the run completes."""

import itertools
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
import zmq
from live_run import (
    PATIENCE_S,
    LiveRun,
    StartRun,
    assert_sound,
    free_port,
    merge,
    raw_sequences,
    restored_sequences,
    simulated,
)

from livecare.link.reporting import WORD_MARK
from livecare.sinks.reader import StoreReader


def assert_complete(run: LiveRun) -> dict[str, int]:
    """Wait for the end; everything must be there, raw frames bit by bit. Return the ledger."""
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert "child failed at its end" not in outcome.stderr
    ledger: dict[str, int] = outcome.report["ledger"]
    assert outcome.report["complete"]
    assert ledger["lost"] == ledger["failed"] == ledger["skipped"] == 0
    every = set(range(ledger["acquired"]))
    assert raw_sequences(run.store) == every
    assert restored_sequences(run.store) == every
    return ledger


def test_a_restorer_killed_again_and_again(start_run: StartRun) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    run = start_run(
        simulated(frames=None, rate_hz=150, size_yx=(128, 128), engine="onnxruntime", photons=40)
    )
    for death in range(2):
        at_death = run.until(
            lambda now, death=death: (
                now.restorer == "ready"
                and now.restarts == death
                and now.ledger.restored >= 5 * (death + 1)
            )
        )
        run.child("restorer").kill()
        run.until(lambda now, death=death: now.restarts > death)
        run.until(lambda now, at=at_death: now.ledger.recorded > at.ledger.recorded + 100)
    run.until(lambda now: now.restorer == "ready")
    run.interrupt()
    at_death = run.until(lambda now: now.stage == "backfilling")
    run.child("restorer").kill()
    assert at_death.ledger.restored < at_death.ledger.recorded
    run.until(lambda now: now.restarts == 3)
    assert_complete(run)
    windows = {
        (line.provenance["normalisation"], *sorted(line.provenance["normalised_with"].items()))
        for line in StoreReader(run.store).lines("restored")
        if line.provenance is not None
    }
    assert len(windows) == 1
    assert_sound(run.store)


SUBSCRIBER = """
import sys, zmq
from livecare import wire
socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.RCVHWM, 1)
socket.setsockopt(zmq.RCVBUF, 65536)
socket.setsockopt(zmq.SUBSCRIBE, sys.argv[2].encode())
socket.connect(sys.argv[1])
while True:
    topic, *parts = socket.recv_multipart()
    message, frame = wire.decode_message(parts)
    kind = type(message).__name__.removesuffix("Message").lower()
    number = frame.header.sequence if frame else -1
    print(topic.decode(), kind, number, flush=True)
    if kind == "end":
        break
"""


class Subscriber:
    """A program of somebody else's that looks at frames."""

    def __init__(self, endpoint: str, topic: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUBSCRIBER, endpoint, topic],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self.process.stdout is not None:
            for line in self.process.stdout:
                self._lines.put(line)

    def next(self) -> tuple[str, str, int]:
        topic, kind, number = self._lines.get(timeout=PATIENCE_S).split()
        return topic, kind, int(number)

    def frames(self, count: int) -> list[int]:
        """Return the sequences of the next frames; other messages are passed over."""
        sequences: list[int] = []
        while len(sequences) < count:
            _, kind, number = self.next()
            if kind == "frame":
                sequences.append(number)
        return sequences

    def rest(self) -> list[tuple[str, str, int]]:
        """Return everything up to the end of the program."""
        assert self.process.wait(PATIENCE_S) == 0
        self._reader.join(PATIENCE_S)
        return [self.next() for _ in range(self._lines.qsize())]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def subscribers() -> Iterator[list[Subscriber]]:
    made: list[Subscriber] = []
    yield made
    for subscriber in made:
        subscriber.close()


def test_subscribers_and_the_publisher_die(
    start_run: StartRun, subscribers: list[Subscriber]
) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    table = simulated(frames=None, rate_hz=50, size_yx=(320, 320))
    run = start_run(merge(table, {"publish": {"preview": endpoint, "max_hz": 100.0}}))
    subscribers += [Subscriber(endpoint, topic) for topic in ("raw", "", "")]
    stopped, both, frozen = subscribers
    assert stopped.next() == ("raw", "start", -1)
    assert {both.next()[:2], both.next()[:2]} == {("raw", "start"), ("restored", "start")}
    before = stopped.frames(5)
    both.frames(10)
    frozen.frames(1)
    frozen.process.send_signal(signal.SIGSTOP)  # for good: its queue is full at the end too

    stopped.process.send_signal(signal.SIGSTOP)
    at_stop = run.now().ledger.acquired
    run.until(lambda now: now.ledger.acquired > at_stop + 140)
    both.process.kill()
    run.child("publisher").kill()
    run.until(lambda now: now.ledger.acquired > at_stop + 160)
    stopped.process.send_signal(signal.SIGCONT)

    # What was on its way when it was stopped, a greeting of the new publisher, then new frames.
    sequences, kind = before, "frame"
    while kind != "start":
        _, kind, number = stopped.next()
        sequences += [number] if kind == "frame" else []
    seen = sequences + stopped.frames(5)
    assert seen == sorted(set(seen)), "old frames came after newer ones"
    assert max(late - early for early, late in itertools.pairwise(seen)) > 100

    run.interrupt()
    rest = stopped.rest()
    assert rest[-1] == ("raw", "end", -1)
    assert_complete(run)
    assert "child died" in run.stderr


def test_back_filled_frames_are_no_news_to_subscribers(
    start_run: StartRun, subscribers: list[Subscriber]
) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    table = simulated(frames=None, rate_hz=100, size_yx=(64, 64))
    run = start_run(merge(table, {"publish": {"preview": endpoint, "max_hz": 1000.0}}))
    subscribers.append(Subscriber(endpoint, "restored"))
    first = subscribers[0].frames(1)
    restorer = run.child("restorer")
    restorer.suspend()
    stopped = run.now()
    run.until(lambda now: now.ledger.recorded > stopped.ledger.recorded + 100)
    restorer.resume()
    run.until(lambda now: now.skipped_live > 50)
    run.interrupt()
    shown = [number for _, kind, number in subscribers[0].rest() if kind == "frame"]
    assert first + shown == sorted(set(first + shown))
    assert_complete(run)


def locked(kind: str, **values: float) -> bytes:
    report = {"type": "NormalisationLocked", "kind": kind, "values": values, "origin": ""}
    return msgspec.msgpack.encode(report)


def test_garbage_is_counted_and_changes_nothing(start_run: StartRun) -> None:
    run = start_run(simulated(frames=None, rate_hz=100, size_yx=(32, 32)))
    run.until(lambda now: now.ledger.restored > 10)
    orders = msgspec.json.decode((run.folder / "restorer.json").read_bytes())
    reports, _, word = orders["report_endpoint"].partition(WORD_MARK)
    previews = (run.folder / "preview.endpoint").read_text(encoding="utf-8")

    good = msgspec.msgpack.encode({"type": "Progress", "cursor": 5, "skipped": 0})
    garbage: list[list[bytes]] = [
        [b""],
        [b"\xc1"],
        [good[:-1]],
        [good, b"more"],
        [b"\xff" * 1000],
        [msgspec.msgpack.encode({"type": "Hello"})],
        [msgspec.msgpack.encode({"type": "FrameFailed", "sequence": -8, "reason": ""})],
        [msgspec.msgpack.encode({"type": "FrameFailed", "sequence": 1 << 62, "reason": ""})],
        [msgspec.msgpack.encode({"type": "FrameFailed", "sequence": 10**8, "reason": ""})],
        [locked("fixed", low=9.0, high=1.0)],
        [locked("fixed", low=float("nan"), high=1.0)],
        [locked("anscombe", low=0.0, high=1.0)],
        [msgspec.msgpack.encode({"type": "Progress", "cursor": -5, "skipped": 0})],
        [bytes([0x91]) * 5000],  # nested beyond any reader's patience
    ]
    with zmq.Context() as context:
        with context.socket(zmq.PUSH) as push, context.socket(zmq.PUSH) as huge:
            for pushing in (push, huge):
                pushing.setsockopt(zmq.LINGER, int(PATIENCE_S * 1e3))
                pushing.connect(reports)
            for parts in garbage:
                push.send_multipart([word.encode(), *parts])
            push.send_multipart([good])  # a stranger's: without the word nothing is read
            huge.send(bytes(1 << 20))  # refused: the connection is cut
        with (
            context.socket(zmq.SUB) as subscriber,
            context.socket(zmq.XSUB) as foreign,
            context.socket(zmq.XSUB) as rude,
        ):
            for previewing in (subscriber, foreign, rude):
                previewing.setsockopt(zmq.LINGER, 0)
                previewing.connect(previews)
            subscriber.setsockopt(zmq.SUBSCRIBE, b"raw")
            assert subscriber.poll(PATIENCE_S * 1e3)
            rude.send(bytes(1 << 20))  # refused: the connection is cut
            for parts in ([b""], [b"raw"], [b"\xff" * 500], [b"a", b"\x00raw"], [b"\x01raw"]):
                foreign.send_multipart(parts)
            assert foreign.poll(PATIENCE_S * 1e3)  # it was greeted: the garbage has arrived
            for _ in range(20):
                assert subscriber.poll(PATIENCE_S * 1e3), "a stranger cut the subscriber off"
                subscriber.recv_multipart()
    for endpoint in (reports, previews):
        host, port = endpoint.removeprefix("tcp://").split(":")
        with socket.create_connection((host, int(port)), PATIENCE_S) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)

    before = run.now()
    run.until(lambda now: now.ledger.restored > before.ledger.restored + 100)
    run.interrupt()
    assert_complete(run)
    outcome = run.finish()
    assert outcome.report["restorer"]["malformed_reports"] == len(garbage)
    assert outcome.report["restorer"]["restarts"] == 0
    assert "child died" not in outcome.stderr


def test_the_children_die_with_the_recorder(start_run: StartRun, tmp_path: Path) -> None:
    """Killed alone, without its group: the children learn of it by the end of their input."""
    del tmp_path
    run = start_run(simulated(frames=None, rate_hz=50, size_yx=(32, 32)))
    run.until(lambda now: now.ledger.restored > 5)
    children = [run.child("restorer"), run.child("publisher")]
    run.process.kill()
    run.process.wait(PATIENCE_S)
    _, alive = psutil.wait_procs(children, PATIENCE_S)
    assert not alive
