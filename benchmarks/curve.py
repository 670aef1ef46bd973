"""What encryption costs: previews to another process over TCP, with keys and without.

Both ways go through the socket that the publisher has, behind its gate; another process reads
every frame. Rates are the fastest that loses nothing. Processor time is of both processes
together, at the rate at which previews go out unless configured otherwise.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import zmq
from calm import calmly
from limits import camera_frames
from machine import Machine
from receiver import Receiver
from table import Figure, publish, read_options

from livecare.frame import Pixels
from livecare.keys import Role, Security, create_keys
from livecare.link.curve import ClientKeys, KeyedEndpoint, prove
from livecare.link.gate import Gate
from livecare.link.sockets import LOOPBACK_ANY_PORT

HIGH_WATER: Final = 2
"""Frames that may queue, as the publisher has it."""
PREVIEW_HZ: Final = 30.0
"""Frames per second at which processor time is measured: `publish.max_hz`."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One measurement of one way.

    Attributes
    ----------
    hz : float
        Frames per second.
    cpu_ms : float
        Processor time of both processes, ms per frame.
    """

    hz: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Samples:
    """What was measured for one size: pairs of with keys and without."""

    rates: list[tuple[float, float]] = field(default_factory=list)
    cpu_ms: list[tuple[float, float]] = field(default_factory=list)

    def figures(self, size: str, note: str) -> list[Figure]:
        """Set CURVE beside TCP in clear."""
        clear = "in clear"
        paced = f"{size}, CURVE, processor time at {PREVIEW_HZ:.0f} fps"
        return [
            Figure(f"{size}, CURVE, rate", "fps", clear, self.rates, note=note),
            Figure(paced, "ms a frame", clear, self.cpu_ms, note=note),
        ]


class Keys:
    """A run's keys and a reader's, in files."""

    def __init__(self, folder: Path) -> None:
        public, server = create_keys("microscope", folder)
        readers = folder / "readers"
        own_public, own = create_keys("reader", readers)
        self.files = str(own), str(public)
        self.security, _ = Security.prepare(server, _only(own_public, folder / "list"), None)


def _only(public: Path, folder: Path) -> Path:
    folder.mkdir()
    (folder / public.name).write_bytes(public.read_bytes())
    return folder


def send(frames: Sequence[Pixels], keys: Keys | None, count: int, hz: float | None) -> Taken:
    """Send so many frames, as fast as they are taken or paced."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    gate = Gate(context, "preview", Role.READ, None if keys is None else keys.security)
    socket = context.socket(zmq.XPUB)
    socket.setsockopt(zmq.SNDHWM, HIGH_WATER)
    socket.setsockopt(zmq.XPUB_NODROP, 1)
    endpoint = gate.bind(socket, LOOPBACK_ANY_PORT)
    receiver = Receiver(_drain, endpoint, None if keys is None else keys.files, count)
    socket.recv()
    began, cpu_s = time.perf_counter(), time.process_time()
    for number in range(count):
        if hz is not None:
            time.sleep(max(0.0, began + number / hz - time.perf_counter()))
        socket.send_multipart([b"raw", frames[number % len(frames)].data], copy=False)
    ended, theirs_s = receiver.hear()
    ours_s = time.process_time() - cpu_s
    receiver.end()
    socket.close(0)
    gate.close()
    context.term()
    return Taken(count / (ended - began), 1e3 * (ours_s + theirs_s) / count)


def _drain(
    connection: Connection, endpoint: str, files: tuple[str, str] | None, count: int
) -> None:
    """Receive every frame; say when the last was there, and the processor time that it took."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    at = endpoint if files is None else KeyedEndpoint(endpoint, ClientKeys.read(*files))
    prove(socket, at)
    socket.connect(at)
    began_s = None
    for _ in range(count):
        socket.recv_multipart(copy=False)
        began_s = time.process_time() if began_s is None else began_s
    connection.send((time.perf_counter(), time.process_time() - (began_s or 0.0)))
    socket.close()
    context.term()


def main() -> None:
    """Measure, print, write."""
    options = read_options("curve", "Previews with keys and without.", ["512", "2048"])
    machine = Machine.here()
    sides = (64,) if options.quick else (512, 2048)
    repeats, seconds = (1, 0.2) if options.quick else (5, 4.0)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        keys = Keys(Path(folder))
        for side in sides:
            if not options.wants(str(side)):
                continue
            frames = camera_frames(side)
            fastest = max(20, round(seconds * 100_000_000 / frames[0].nbytes))
            paced = max(20, round(seconds * PREVIEW_HZ))

            def measure(
                frames: Sequence[Pixels] = frames, fastest: int = fastest, paced: int = paced
            ) -> tuple[tuple[float, float], tuple[float, float]]:
                rate = send(frames, keys, fastest, None), send(frames, None, fastest, None)
                cpu = send(frames, keys, paced, PREVIEW_HZ), send(frames, None, paced, PREVIEW_HZ)
                return (rate[0].hz, rate[1].hz), (cpu[0].cpu_ms, cpu[1].cpu_ms)

            calm = calmly(measure, repeats)
            samples = Samples([each[0] for each in calm.taken], [each[1] for each in calm.taken])
            figures += samples.figures(f"{side}²", calm.note)
    publish("curve", options, machine, figures)


if __name__ == "__main__":
    main()
