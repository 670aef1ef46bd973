"""Rubbish on every socket of a real run: it goes on, counts it, and its recording is exact.

LIVECARE_FUZZ sets how many messages each socket gets; `pytest -m slow` sends 100,000 in all.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import psutil
import pytest
import zmq
from guarded_run import listening
from live_run import PATIENCE_S, LiveRun, Table, free_port
from rubbish import Parts, Rubbish, is_request, send_bytes, send_messages
from run_here import assert_sound

from livecare import run_place
from livecare.client import Pusher
from livecare.client.endpoints import find_control, find_endpoint
from livecare.link import RestorerSpec, read_spec
from livecare.link.asking import ask
from livecare.link.requests import Done, MarkRequest
from livecare.link.telemetry import Telemetry
from livecare.sinks.reader import StoreReader

sys.path.append(str(Path(__file__).parent.parent / "sources" / "push"))
from push_mutations import Mutator

FEW: Final = int(os.environ.get("LIVECARE_FUZZ", "200"))
MANY: Final = 100_000
SIZE: Final = (8, 12)
GROWTH_BYTES: Final = 32 << 20
"""What the memory of a process may grow by in the second half, bytes: what the allocator keeps. A
hundred bytes kept of each message would be more."""
LONGEST_S: Final = 600.0
"""Longest wait for frames that strangers scattered over a million times: each opens a shard."""
STILL: Final = 10
"""Snapshots in a row that say the same of strangers, two seconds: all that waited is read then."""


class Target:
    """A run that records what is pushed, and the one who pushes what counts."""

    def __init__(self, folder: Path) -> None:
        self.push = f"tcp://127.0.0.1:{free_port()}"
        table: Table = {
            "source": {"kind": "push", "push": {"endpoint": self.push}},
            "restorer": {
                "engine": "identity",
                "camera": {"gain": 2.0, "offset": 100.0, "read_noise": 1.6},
            },
            "ring": {"slots": 64},
            "log": {"format": "json"},
        }
        self.run = LiveRun(folder, table)
        self.sent = self.no_requests = 0
        self._name = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._push, daemon=True)
        self._thread.start()

    def _push(self) -> None:
        pixels = np.zeros(SIZE, np.uint16)
        pixels[1, 0] = 0xBEEF
        with Pusher(
            endpoint=self.push, source="the camera", block=True, linger_s=PATIENCE_S, queue_frames=4
        ) as pusher:
            self.sent += pusher.send(pixels)
            self._name = pusher.info.run_id if pusher.info else ""
            while not self._over.wait(0.02):
                pixels[0, :2] = self.sent >> 16, self.sent & 0xFFFF
                self.sent += pusher.send(pixels)

    def stop_pushing(self) -> None:
        """Stop, and wait until the run has read all that came before the end."""
        self._over.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        deadline = time.monotonic() + LONGEST_S
        while not any(self._name in line for line in self._ends()):
            assert time.monotonic() < deadline, self.run.stderr[-4000:]
            self.run.now()

    def _ends(self) -> list[str]:
        return [line for line in self.run.stderr.splitlines() if "acquisition ends" in line]

    def requests(self, rubbish: Rubbish) -> Callable[[], Parts]:
        """Make messages for the control socket, and count those that ask nothing."""

        def make() -> Parts:
            parts = rubbish.request()
            self.no_requests += not is_request(parts)
            return parts

        return make

    def close(self) -> None:
        self._over.set()
        self.run.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    target = Target(tmp_path)
    yield target
    target.close()


def resident(processes: list[psutil.Process]) -> dict[str, int]:
    return {" ".join(each.cmdline()[3:4]): each.memory_info().rss for each in processes}


def pelt(target: Target, count: int) -> dict[str, int]:
    """Send `count` messages to each socket, and as many pieces of bytes to all; return how many."""
    run, folder = target.run, target.run.folder
    spec = read_spec(run_place.orders_file(folder, "restorer"), RestorerSpec)
    mutator = Mutator(seed=5)
    plan = [
        ("control", find_control(run.rings), zmq.DEALER, target.requests(Rubbish(1))),
        ("preview", find_endpoint(run.rings), zmq.XSUB, Rubbish(2).subscription),
        ("telemetry", run.table["publish"]["telemetry"], zmq.XSUB, Rubbish(3).subscription),
        ("reports", spec.report_endpoint.partition("#")[0], zmq.PUSH, Rubbish(4).report),
        ("push", target.push, zmq.PUSH, mutator.message),
        *(("wakes", wakes, zmq.XSUB, Rubbish(6).subscription) for wakes in spec.wake_endpoints),
    ]
    times: dict[str, float] = {}
    for name, endpoint, kind, make in plan:
        began = time.monotonic()
        send_messages(endpoint, kind, make, count)
        times[name] = times.get(name, 0.0) + time.monotonic() - began
    family = psutil.Process(run.process.pid)
    ports = listening([family, *family.children(recursive=True)])
    connections = 0
    for number, port in enumerate(ports):
        began = time.monotonic()
        endpoint = f"tcp://127.0.0.1:{port}"
        connections += send_bytes(endpoint, Rubbish(10 + number), count // len(ports))
        times["bytes"] = times.get("bytes", 0.0) + time.monotonic() - began
    sys.stderr.write(f"\n{count} messages to each: " + json.dumps(times) + "\n")
    return {"sockets": len(ports), "connections": connections}


def settle(run: LiveRun) -> Telemetry:
    """Wait until nothing more of what was sent is read."""
    run.last_snapshot()  # those that waited here are of long ago
    seen: list[Telemetry] = []

    def stands_still(now: Telemetry) -> bool:
        seen.append(now)
        latest = seen[-STILL:]
        return len(latest) == STILL and all(
            each.tally.rejected == now.tally.rejected for each in latest
        )

    return run.until(stands_still)


def check(target: Target, count: int) -> None:
    run = target.run
    run.until(lambda seen: seen.ledger.restored > 20)
    parent = psutil.Process(run.process.pid)
    family = [parent, *parent.children(recursive=True)]
    shots = []
    memory = []
    for _ in range(2):
        shots.append(pelt(target, count // 2))
        settle(run)
        memory.append(resident(family))
    before, after = memory
    assert all(each.is_running() for each in family), "nobody had to be started again"
    assert {each.pid for each in parent.children(recursive=True)} == {c.pid for c in family[1:]}
    answer = ask(find_control(run.rings), MarkRequest("still here"), PATIENCE_S)
    assert isinstance(answer, Done)
    target.stop_pushing()
    run.interrupt()
    outcome = run.finish(LONGEST_S)
    rejected = run.last_snapshot().tally.rejected
    figures = {name: (after[name] - before[name]) / 1e6 for name in before}
    sys.stderr.write(f"{shots}; MB grown: {figures}; counted: {json.dumps(rejected)}\n")
    assert outcome.exit_code in (0, 3), outcome.stderr[-4000:]
    assert "Traceback" not in outcome.stderr
    assert all(after[name] - before[name] < GROWTH_BYTES for name in before)
    assert sum(rejected["reports"].values()) >= count, "each of them"
    assert rejected["control"]["no message of ours"] >= target.no_requests, "bare bytes make more"
    assert sum(rejected["push"].values()) > count / 2
    assert rejected["telemetry"], "bytes that are no handshake"
    _the_recording_is_exact(target, outcome.report["ledger"])


def _the_recording_is_exact(target: Target, ledger: dict[str, int]) -> None:
    """Every frame that was pushed in order is there once, among whatever strangers pushed."""
    assert ledger["acquired"] == ledger["recorded"] + ledger["failed"]
    assert ledger["failed"] == 0
    found: list[int] = []
    lines = 0
    stores = sorted(target.run.store.parent.glob("run*.ome.zarr"))
    for store in stores:
        assert_sound(store)
        reader = StoreReader(store)
        for line in reader.lines("raw"):
            lines += 1
            pixels = reader.read("raw", line.position)
            assert pixels is not None
            if pixels.shape == SIZE and pixels.dtype == np.uint16 and pixels[1, 0] == 0xBEEF:
                found.append((int(pixels[0, 0]) << 16) + int(pixels[0, 1]))
    assert lines == ledger["recorded"]
    assert sorted(found) == list(range(target.sent))


@pytest.mark.skipif(os.name == "nt", reason="the run is interrupted by a signal")
def test_rubbish_on_every_socket(target: Target) -> None:
    check(target, FEW)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.skipif(os.name == "nt", reason="the run is interrupted by a signal")
def test_a_hundred_thousand_messages_on_every_socket(target: Target) -> None:
    check(target, MANY)
