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
    reached : int
        One more than the sequence of the last one.
    over : bool
        Whether no frame will be appended any more.
    latency : LatencyHistogram
        From a frame's arrival until the store had taken it.
    """

    def __init__(self, reader: GatingReader, sink: FrameSink, turnstile: Turnstile) -> None:
        self._reader = reader
        self._sink = sink
        self._turnstile = turnstile
        self._no_more = threading.Event()
        self.recorded = self.reached = 0
        self.over = False
        self.latency = LatencyHistogram()

    def finish(self) -> None:
        """Say that nothing will be published any more: record what waits, then end."""
        self._no_more.set()
        self._turnstile.moved()

    def await_recorded(self, sequence: int) -> bool:
        """Wait until a frame is recorded; False where it never will be. Any thread may call."""
        while self.reached <= sequence and not self.over and not self._turnstile.closed:
            self._turnstile.wait_for(lambda: self.reached > sequence or self.over)
        return self.reached > sequence

    def run(self) -> None:
        """Record until `finish`.

        Raises
        ------
        DiskFullError, StoreError
            At the frame that cannot be appended.
        ProtocolError
            What lies in the ring is no frame: its memory was damaged.
        """
        try:
            self._record()
        finally:
            self.over = True
            self._turnstile.moved()

    def _record(self) -> None:
        while True:
            last_round = self._no_more.is_set()  # read before the ring: what comes after is seen
            held = self._reader.peek()
            if held is not None:
                slot, message = held
                self._sink.append(message.header, slot.block)
                self._reader.release()
                self.recorded += 1
                self.reached = message.header.sequence + 1
                self._turnstile.moved()
                self.latency.add(time.perf_counter_ns() - message.header.received_ns)
            elif last_round:
                return
            else:
                self._turnstile.wait_for(self._something_to_do)

    def _something_to_do(self) -> bool:
        return self._no_more.is_set() or self._reader.peek() is not None
