"""Frames to another process through the ring, as livecare sends them."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import zmq
from limits import memory_folder, ring_slots
from receiver import Receiver, paced

from livecare import disk
from livecare.frame import FrameHeader, Pixels, Position
from livecare.link import WakeListener, Waker
from livecare.ring import GatingReader, OverrunnableReader, RingWriter
from livecare.wire import FrameMessage


def rate_hz(frames: Sequence[Pixels], count: int) -> float:
    """Send frames as fast as the other process copies them out; return frames per second."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    waker = Waker(context)
    with _ring(frames[0].nbytes) as (path, ring):
        receiver = Receiver(_drain, path, waker.endpoint, count, frames[0].nbytes)
        freed = WakeListener(context, (receiver.hear(),))
        begun = time.perf_counter()
        for i in range(count):
            while not _send(ring, frames, i):
                freed.wait()
            waker.wake()
        ended: float = receiver.hear()
        receiver.end()
    freed.close()
    waker.close()
    context.term()
    return count / (ended - begun)


def latencies_ns(frames: Sequence[Pixels], count: int) -> list[int]:
    """Send paced frames to a reader like the restorer's; return each one's time on the way."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    waker = Waker(context)
    with _ring(frames[0].nbytes) as (path, ring), GatingReader(path) as gate:
        receiver = Receiver(_follow, path, waker.endpoint, count)
        receiver.hear()
        for i in paced(count):
            _send(ring, frames, i)
            waker.wake()
            gate.release()
        latencies: list[int] = receiver.hear()
        receiver.end()
    waker.close()
    context.term()
    return latencies


@contextmanager
def _ring(frame_bytes: int) -> Iterator[tuple[Path, RingWriter]]:
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        path = Path(folder) / "raw.ring"
        with RingWriter.create(path, ring_slots(frame_bytes), frame_bytes) as ring:
            yield path, ring


def _send(ring: RingWriter, frames: Sequence[Pixels], sequence: int) -> bool:
    received_ns = time.perf_counter_ns()
    slot = ring.claim()
    if slot is None:
        return False
    frame = frames[sequence % len(frames)]
    rows, columns = frame.shape
    header = FrameHeader(sequence, Position(sequence), (rows, columns), "uint16", received_ns)
    np.copyto(slot.pixels(header.shape_yx, header.dtype), frame)
    ring.publish(slot, FrameMessage("transport", header))
    return True


def _drain(connection: Connection, path: Path, endpoint: str, count: int, frame_bytes: int) -> None:
    """Copy every frame out and release it; say where to listen for that, and when all are there."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    wakes, waker = WakeListener(context, (endpoint,)), Waker(context)
    copied = np.zeros(frame_bytes, np.uint8)
    with GatingReader(path) as reader:
        connection.send(waker.endpoint)
        for _ in range(count):
            while (held := reader.peek()) is None:
                wakes.wait()
            np.copyto(copied, np.frombuffer(held[0].block, np.uint8, frame_bytes))
            reader.release()
            waker.wake()
        del held
    connection.send(time.perf_counter())
    wakes.close()
    waker.close()
    context.term()


def _follow(connection: Connection, path: Path, endpoint: str, count: int) -> None:
    """Copy frames out as they come; say how long each took."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    wakes = WakeListener(context, (endpoint,))
    latencies: list[int] = []
    with OverrunnableReader(path) as reader:
        block = disk.aligned_block(reader.block_bytes)
        connection.send("ready")
        while reader.cursor < count:
            wakes.wait()
            while reader.waiting:
                message = reader.read_into(block)
                if message is not None:
                    latencies.append(time.perf_counter_ns() - message.header.received_ns)
    connection.send(latencies)
    wakes.close()
    context.term()
