"""After the acquisition: restoring from the recording what the engine had no time for."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from livecare.errors import RingError, StoreError
from livecare.frame import FrameHeader, Pixels
from livecare.link import Waker
from livecare.recorder.collection import Collection
from livecare.ring import GatingReader, Phase, RingWriter
from livecare.wire import FrameMessage

RECHECK_S: Final = 0.5
"""Longest wait, seconds, before looking whether to give up."""

ReadRaw = Callable[[FrameHeader], Pixels | None]
"""Reads a raw frame back from the recording, shape (y, x); None if it is not there."""


class Backfill:
    """Feeds missing frames through the raw ring again, a few at a time, losing none.

    At most half the ring is under way, so that nothing unread is overwritten. What a killed
    restorer had not delivered is sent again to the next one.
    """

    def __init__(
        self,
        run_id: str,
        ring: RingWriter,
        gate: GatingReader,
        collection: Collection,
        waker: Waker,
    ) -> None:
        self._run_id = run_id
        self._ring = ring
        self._gate = gate
        self._collection = collection
        self._waker = waker
        self._abandoned = threading.Event()
        self._under_way: dict[int, FrameHeader] = {}
        self._again: deque[FrameHeader] = deque()
        self._restorer = collection.restorer
        self._generation = self._restorer.generation
        self.sent = 0

    def abandon(self) -> None:
        """Give up on what is missing; any thread may call."""
        self._abandoned.set()

    def drain(self) -> None:
        """Wait until the restorer has dealt with all that was acquired, in order, skipping none.

        A restorer that starts meanwhile begins behind all of it: then nothing is waited for.
        """
        self._generation = self._restorer.generation
        self._ring.set_phase(Phase.DRAIN)
        self._waker.wake()
        last = self._ring.published
        while not self._abandoned.is_set():
            if self._collection.wait_for(lambda: self._drained(last), RECHECK_S):
                return

    def run(self, recorded: Iterator[FrameHeader], read_raw: ReadRaw) -> None:
        """Send every recorded frame that is not settled, until all are, or `abandon`.

        Raises
        ------
        StoreError
            If a recorded frame cannot be read back.
        RingError
            If the raw ring is full of frames that were not recorded.
        """
        self._collection.backfilling = True
        missing = (header for header in recorded if not self._collection.settled(header.sequence))
        exhausted = False
        while not self._abandoned.is_set() and not (exhausted and not self._under_way):
            self._note_progress()
            while len(self._under_way) < self._ring.slots // 2:
                header = self._again.popleft() if self._again else next(missing, None)
                if header is None:
                    exhausted = True
                    break
                self._send(header, read_raw)
            self._collection.wait_for(self._something_to_do, RECHECK_S)

    def _drained(self, last: int) -> bool:
        return self._restorer.cursor >= last or self._restorer.generation != self._generation

    def _something_to_do(self) -> bool:
        new_restorer = self._restorer.generation != self._generation
        idle = not self._under_way
        return new_restorer or idle or any(map(self._collection.settled, self._under_way))

    def _note_progress(self) -> None:
        for sequence in [s for s in self._under_way if self._collection.settled(s)]:
            del self._under_way[sequence]
        if self._restorer.generation != self._generation:
            self._generation = self._restorer.generation
            self._again.extend(self._under_way.values())
            self._under_way.clear()

    def _send(self, header: FrameHeader, read_raw: ReadRaw) -> None:
        pixels = read_raw(header)
        if pixels is None:
            raise StoreError(f"raw frame {header.sequence} was recorded and cannot be read back")
        slot = self._ring.claim()
        if slot is None:
            raise RingError(f"the raw ring still holds frames; {header.sequence} cannot go in")
        np.copyto(slot.pixels(header.shape_yx, header.dtype), pixels)
        self._ring.publish(slot, FrameMessage(self._run_id, header))
        self._gate.release()  # it is on the disk already; nobody records it again
        self._under_way[header.sequence] = header
        self.sent += 1
        self._waker.wake()
