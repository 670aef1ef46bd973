"""Knows how raw and restored frames of one sequence number find each other, in bounded memory."""

from collections import OrderedDict

from livecare.client.received import Pair, Received

Key = tuple[str, int]
"""Run and sequence number."""


class Pairing:
    """Keeps frames until their partner comes.

    Parameters
    ----------
    capacity : int
        Frames that wait at most; more push the one that came first out.

    Attributes
    ----------
    unpaired : int
        Frames that were pushed out without a partner.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._waiting: OrderedDict[Key, Received] = OrderedDict()
        self.unpaired = 0

    def add(self, frame: Received) -> Pair | None:
        """Take a frame; return the pair that it completes."""
        key = frame.info.run_id, frame.header.sequence
        other = self._waiting.pop(key, None)
        if other is None or other.topic == frame.topic:
            self._keep(key, frame)
            return None
        if frame.topic == "raw":
            return Pair(raw=frame, restored=other)
        return Pair(raw=other, restored=frame)

    def _keep(self, key: Key, frame: Received) -> None:
        self._waiting[key] = frame
        if len(self._waiting) > self._capacity:
            self._waiting.popitem(last=False)
            self.unpaired += 1
