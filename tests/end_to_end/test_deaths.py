"""Children that are killed or stopped: nothing is lost, and the run completes."""

import itertools
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from complete_run import assert_complete
from live_run import PATIENCE_S, StartRun, free_port, merge, simulated
from run_here import assert_sound

from livecare.sinks.reader import StoreReader


def test_a_restorer_killed_again_and_again(start_run: StartRun) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    run = start_run(
        simulated(frames=None, rate_hz=100, size_yx=(128, 128), engine="onnxruntime", photons=40)
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
    first: dict[str, str] = {}
    while len(first) < 2:  # the start that another one is greeted with comes here, too
        topic, kind, _ = both.next()
        first.setdefault(topic, kind)
    assert first == {"raw": "start", "restored": "start"}
    both.frames(10)
    topic, kind, shown = frozen.next()
    while (topic, kind) != ("raw", "frame"):
        topic, kind, shown = frozen.next()
    before = stopped.frames(5)
    while before[-1] < shown:  # what all were greeted with is behind it then
        before += stopped.frames(1)
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
