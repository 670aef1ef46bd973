"""How fast frames go to another process: the ring, beside memcpy and beside ZeroMQ over TCP.

The ring is used as the restored ring is: claim, copy in, publish, wake over ZeroMQ; the other
process copies out, releases, and wakes the writer. TCP is PUSH/PULL with copy=False and short
queues. Rates are the fastest that loses nothing; latencies are from the moment that a frame is
there until the other process has it, at 100 frames per second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import by_ring
import by_tcp
import numpy as np
from limits import camera_frames, memory_copies_hz
from machine import Machine
from receiver import PACED_HZ
from table import Figure, publish, read_options

from livecare.frame import Pixels

FEWEST_FRAMES = 20
"""That a measurement has, however slow the machine."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    sides : tuple of int
        Rows and columns of the square frames, pixels.
    seconds : float
        Of each measurement, about.
    repeats : int
        Measurements of each way.
    """

    sides: tuple[int, ...]
    seconds: float
    repeats: int


@dataclass(frozen=True, slots=True)
class Samples:
    """What was measured for one size, one entry per repeat."""

    copies_hz: list[float] = field(default_factory=list)
    ring_hz: list[float] = field(default_factory=list)
    tcp_hz: list[float] = field(default_factory=list)
    ring_ms: list[tuple[float, float]] = field(default_factory=list)
    tcp_ms: list[tuple[float, float]] = field(default_factory=list)

    def take(self, frames: Sequence[Pixels], seconds: float) -> None:
        """Measure every way once, one after the other."""
        self.copies_hz.append(memory_copies_hz(frames, seconds / 2))
        count = max(FEWEST_FRAMES, round(self.copies_hz[-1] * seconds / 4))
        self.ring_hz.append(by_ring.rate_hz(frames, count))
        self.tcp_hz.append(by_tcp.rate_hz(frames, max(FEWEST_FRAMES, count // 4)))
        paced = max(FEWEST_FRAMES, round(PACED_HZ * seconds))
        self.ring_ms.append(_percentiles_ms(by_ring.latencies_ns(frames, paced)))
        self.tcp_ms.append(_percentiles_ms(by_tcp.latencies_ns(frames, paced)))

    def figures(self, size: str) -> list[Figure]:
        """Set everything beside its limit."""
        rows = [
            Figure(f"{size}, ring, rate", "fps", "memcpy", _pairs(self.ring_hz, self.copies_hz)),
            Figure(f"{size}, ring, rate", "fps", "TCP", _pairs(self.ring_hz, self.tcp_hz)),
            Figure(f"{size}, TCP, rate", "fps", "memcpy", _pairs(self.tcp_hz, self.copies_hz)),
        ]
        two_copies_ms = [2e3 / hz for hz in self.copies_hz]
        for i, name in enumerate(("p50", "p99")):
            ring, tcp = [each[i] for each in self.ring_ms], [each[i] for each in self.tcp_ms]
            what = f"{size}, ring, latency {name}"
            rows.append(Figure(what, "ms", "two memcpy", _pairs(ring, two_copies_ms)))
            rows.append(Figure(what, "ms", "TCP", _pairs(ring, tcp)))
        return rows


def main() -> None:
    """Measure, print, write."""
    options = read_options("transport", "Frames to another process.", ["512", "1024", "2048"])
    machine = Machine.here()
    effort = Effort((64,), 0.2, 1) if options.quick else Effort((512, 1024, 2048), 4.0, 5)
    figures: list[Figure] = []
    for side in effort.sides:
        if not options.wants(str(side)):
            continue
        frames, samples = camera_frames(side), Samples()
        for _ in range(effort.repeats):
            samples.take(frames, effort.seconds)
        figures += samples.figures(f"{side}²")
    publish("transport", options, machine, figures)


def _pairs(measured: Sequence[float], limits: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(measured, limits, strict=True))


def _percentiles_ms(latencies_ns: Sequence[int]) -> tuple[float, float]:
    p50, p99 = np.percentile(np.asarray(latencies_ns) / 1e6, (50, 99))
    return float(p50), float(p99)


if __name__ == "__main__":
    main()
