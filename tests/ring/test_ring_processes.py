"""Real processes that share a ring, killed and stopped at exact steps. Nothing here forks."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ring_frames import frame_bytes, is_whole
from ring_frames import publish as publish_sized
from ring_process import LARGE_YX

from livecare.ring import GatingReader, OverrunnableReader, RingWriter

SLOTS = 3
SCRIPT = Path(__file__).with_name("ring_process.py")


class Companion:
    """A process of `ring_process.py`."""

    def __init__(self, role: str, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, role, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def hear(self) -> dict[str, Any]:
        """Wait for its next line."""
        line = self.process.stdout.readline()
        assert line, f"the process ended with {self.process.wait()}"
        return json.loads(line)

    def say_go(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """Kill it as the system would: it gets to do nothing more."""
        self.process.kill()
        self.process.wait()


@contextmanager
def companion(role: str, path: Path) -> Iterator[Companion]:
    """Start a process, and end it whatever happens."""
    started = Companion(role, path)
    with started.process:
        try:
            yield started
        finally:
            started.process.kill()


@pytest.fixture
def ring(ring_path: Path) -> Path:
    """Give the path of a ring of three large slots."""
    RingWriter.create(ring_path, SLOTS, frame_bytes(LARGE_YX)).close()
    return ring_path


def publish(writer: RingWriter, number: int) -> None:
    assert publish_sized(writer, number, LARGE_YX)


def take(gate: GatingReader) -> int:
    """Check the oldest frame's pixels and release it; give its number."""
    slot, message = gate.peek()
    assert is_whole(message, slot.pixels(LARGE_YX, "uint16"))
    gate.release()
    return message.header.sequence


def read(reader: OverrunnableReader) -> int | None:
    """Read the next frame and check its pixels; give its number."""
    pixels = np.zeros(LARGE_YX, np.uint16)
    message = reader.read_into(pixels)
    if message is None:
        return None
    assert is_whole(message, pixels)
    return message.header.sequence


@contextmanager
def in_mid_copy(ring: Path) -> Iterator[tuple[RingWriter, GatingReader, Companion]]:
    """Give a ring's ends, and a reader in another process that has copied half of frame 0."""
    with (
        RingWriter(ring) as writer,
        GatingReader(ring) as gate,
        companion("read_slowly", ring) as reader,
    ):
        reader.hear()
        publish(writer, 0)
        reader.say_go()
        assert reader.hear() == {"copied": "half"}
        yield writer, gate, reader


def test_a_reader_killed_within_its_copy_holds_nothing_and_a_new_one_attaches(ring: Path) -> None:
    with in_mid_copy(ring) as (writer, gate, reader):
        reader.kill()
        assert take(gate) == 0
        for number in range(1, 4 * SLOTS):
            publish(writer, number)
            assert take(gate) == number
        with OverrunnableReader(ring) as fresh:
            publish(writer, 99)
            assert read(fresh) == 99


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process by a signal")
def test_a_reader_stopped_within_its_copy_and_lapped_returns_no_torn_frame(ring: Path) -> None:
    with in_mid_copy(ring) as (writer, gate, reader):
        reader.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, reader.process.pid, os.WSTOPPED)
        take(gate)
        for number in range(1, 10):
            publish(writer, number)
            take(gate)
        reader.process.send_signal(signal.SIGCONT)
        reader.say_go()
        account = reader.hear()
    assert account == {
        "read": [7, 8, 9],
        "missed": 7,
        "corrupt": 0,
        "torn": True,
        "first_returned": False,
        "accounted": 10,
    }


def test_a_reader_that_is_slow_but_not_lapped_returns_its_frame(ring: Path) -> None:
    with RingWriter(ring) as writer, companion("read_slowly", ring) as reader:
        reader.hear()
        publish(writer, 0)
        reader.say_go()
        reader.hear()
        publish(writer, 1)
        publish(writer, 2)
        reader.say_go()
        account = reader.hear()
    assert (account["read"], account["missed"], account["corrupt"]) == ([0, 1, 2], 0, 0)


@pytest.mark.parametrize(
    ("role", "ticket"), [("write_half", 1), ("write_unpublished", 0)], ids=["half", "unpublished"]
)
def test_a_killed_writers_successor_writes_the_same_ticket_again(
    ring: Path, role: str, ticket: int
) -> None:
    with OverrunnableReader(ring) as view, GatingReader(ring) as gate:
        with companion(role, ring) as killed:
            killed.hear()
            killed.kill()
        assert (gate.published, view.waiting) == (ticket, ticket)
        with RingWriter(ring) as successor:
            assert successor.claim().ticket == ticket
            assert gate.published == ticket
            for number in range(ticket, SLOTS):
                publish(successor, number)
            assert [read(view) for _ in range(SLOTS)] == list(range(SLOTS))
            assert [take(gate) for _ in range(SLOTS)] == list(range(SLOTS))
            assert gate.peek() is None


def test_a_writer_killed_within_a_slot_that_readers_had_seen_tears_no_frame(ring: Path) -> None:
    with (
        RingWriter(ring) as writer,
        GatingReader(ring) as gate,
        OverrunnableReader(ring) as view,
    ):
        publish(writer, 100)
        publish(writer, 101)
        take(gate)
        with companion("write_half", ring) as killed:  # publishes ticket 2, half-writes ticket 3
            assert killed.hear() == {"ticket": 3, "written": "half"}
            killed.kill()
        assert read(view) is None  # ticket 0 lay where ticket 3 was begun
        assert [read(view), read(view)] == [101, 0]
        publish(writer, 103)
        assert read(view) == 103
        assert [take(gate) for _ in range(3)] == [101, 0, 103]


def test_tickets_go_on_through_writers_killed_at_any_moment(ring: Path) -> None:
    taken = 0
    with GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        for _ in range(3):
            published = gate.published
            with companion("write_forever", ring) as writer:
                assert writer.hear() == {"opened": published}
                for _ in range(40):
                    taken = take_in_turn(gate, taken)
                    view.skip_to_newest(1)
                    if view.waiting:
                        ticket = view.cursor
                        assert read(view) in (ticket, None)
                writer.kill()
            while gate.peek() is not None:
                taken = take_in_turn(gate, taken)
        assert taken == gate.published


def take_in_turn(gate: GatingReader, number: int) -> int:
    while gate.peek() is None:
        time.sleep(0)  # only lets the writer run where there is one core
    assert take(gate) == number
    return number + 1


def test_a_killed_gating_readers_successor_loses_nothing(ring: Path) -> None:
    with RingWriter(ring) as writer:
        for number in range(SLOTS):
            publish(writer, number)
        with companion("gate_and_hold", ring) as killed:
            heard = [killed.hear() for _ in range(3)]
            assert heard == [{"released": 0}, {"released": 1}, {"holding": 2}]
            killed.kill()
        publish(writer, 3)
        publish(writer, 4)
        assert writer.claim() is None  # what it held is still kept
        with GatingReader(ring) as successor:
            assert [take(successor) for _ in range(3)] == [2, 3, 4]


def test_a_flood_on_two_slots_gives_no_corrupt_frame(ring_path: Path) -> None:
    with (
        RingWriter.create(ring_path, 2, frame_bytes(LARGE_YX)) as writer,
        GatingReader(ring_path) as gate,
        companion("verify_flood", ring_path) as reader,
    ):
        reader.hear()
        account = flood(writer, gate, until=reader)
    assert account["corrupt"] == 0
    assert account["read"] > 0
    assert account["torn"] > 0
    assert account["read"] + account["missed"] + account["skipped"] == account["accounted"]


def flood(writer: RingWriter, gate: GatingReader, until: Companion) -> dict[str, Any]:
    """Publish as fast as possible until the reader has its account ready."""
    number = 0
    account: list[dict[str, Any]] = []
    listener = threading.Thread(target=lambda: account.append(until.hear()))
    listener.start()
    while listener.is_alive():
        publish(writer, number)
        gate.release()
        number += 1
    listener.join()
    return account[0]
