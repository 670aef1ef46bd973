"""From the raw ring to the disk: the one reader that the acquisition waits for."""

import threading
import time

from livecare.metrics import LatencyHistogram
from livecare.recorder.turnstile import Turnstile
from livecare.ring import GatingReader
from livecare.sinks.protocol import FrameSink


class Recording:
    """Appends every raw frame to the store; `run` is one thread's whole work.

    Attributes
    ----------
    recorded : int
        Frames appended.
    latency : LatencyHistogram
        From a frame's arrival until the store had taken it.
    """

    def __init__(self, reader: GatingReader, sink: FrameSink, turnstile: Turnstile) -> None:
        self._reader = reader
        self._sink = sink
        self._turnstile = turnstile
        self._no_more = threading.Event()
        self.recorded = 0
        self.latency = LatencyHistogram()

    def finish(self) -> None:
        """Say that nothing will be published any more: record what waits, then end."""
        self._no_more.set()
        self._turnstile.moved()

    def run(self) -> None:
        """Record until `finish`. Raises DiskFullError or StoreError at the frame that failed."""
        while True:
            last_round = self._no_more.is_set()  # read before the ring: what comes after is seen
            held = self._reader.peek()
            if held is not None:
                slot, message = held
                self._sink.append(message.header, slot.block)
                self._reader.release()
                self.recorded += 1
                self._turnstile.moved()
                self.latency.add(time.perf_counter_ns() - message.header.received_ns)
            elif last_round:
                return
            else:
                self._turnstile.wait_for(self._something_to_do)

    def _something_to_do(self) -> bool:
        return self._no_more.is_set() or self._reader.peek() is not None
