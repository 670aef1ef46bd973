"""Which raw frames the restorer takes: all that wait, or the newest when it is behind."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from livecare import disk
from livecare.frame import Pixels, PixelType
from livecare.ring import OverrunnableReader, Phase
from livecare.wire import FrameMessage


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a batch.

    Attributes
    ----------
    message : FrameMessage
        Its header.
    pixels : array, shape (y, x)
        Its pixels.
    blank : bool
        Whether they were found to show nothing.
    """

    message: FrameMessage
    pixels: Pixels
    blank: bool = False

    @property
    def channel(self) -> int:
        """Index of its channel."""
        return self.message.header.position.c


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames that were copied out of the raw ring.

    Attributes
    ----------
    messages : list of FrameMessage
        Their headers.
    pixels : array, shape (n, y, x)
        Their pixels; overwritten by the next batch.
    """

    messages: list[FrameMessage]
    pixels: Pixels

    def frames(self) -> Iterator[Frame]:
        """Yield them one by one; their pixels are views."""
        yield from map(Frame, self.messages, self.pixels)


class Intake:
    """Takes batches of raw frames.

    While the acquisition is live and more frames wait than the latency budget allows, all but the
    newest are skipped: a fresh picture is worth more than a complete one, and what is skipped is
    restored later. Afterwards every frame is taken in turn.

    Parameters
    ----------
    reader : OverrunnableReader
        Of the raw ring.
    capacity : int
        Frames that a batch may have.
    backlog : int
        Frames that may wait before the oldest are skipped.
    shape_yx : tuple of int
        Rows and columns of a frame, pixels.
    dtype : PixelType
        Type of the raw frames.
    memory : array, shape (capacity, *shape_yx), dtype `dtype`, or None
        Where frames are copied to: memory that the engine reads without another copy. None for
        memory of its own.

    Attributes
    ----------
    backlog : int
        See above; may be changed between two batches.
    skipped : int
        Frames passed over or overrun so far.
    """

    def __init__(
        self,
        reader: OverrunnableReader,
        capacity: int,
        backlog: int,
        shape_yx: tuple[int, int],
        dtype: PixelType,
        memory: Pixels | None = None,
    ) -> None:
        self._reader = reader
        self.backlog = backlog
        self._pixels = _own_memory(capacity, shape_yx, dtype) if memory is None else memory
        self._blocks = [memoryview(frame.reshape(-1).view(np.uint8)) for frame in self._pixels]
        self.skipped = 0

    @property
    def cursor(self) -> int:
        """The next raw ticket that it will look at."""
        return self._reader.cursor

    @property
    def waiting(self) -> int:
        """Frames that wait."""
        return self._reader.waiting

    @property
    def closed(self) -> bool:
        """True when no frame waits and none will come any more."""
        return self._reader.phase is Phase.CLOSED and self.waiting == 0

    @property
    def live(self) -> bool:
        """True while the newest frame is worth more than the next."""
        return self._reader.phase is Phase.LIVE

    def take(self, limit: int, *, in_turn: bool = False) -> Batch:
        """Copy out up to `limit` waiting frames; the batch may be empty.

        With `in_turn` the oldest, however many wait.
        """
        behind = self.waiting > max(limit, self.backlog)
        if behind and self.live and not in_turn:
            self.skipped += self._reader.skip_to_newest(limit)
        messages: list[FrameMessage] = []
        for _ in range(min(limit, self.waiting)):
            message = self._reader.read_into(self._blocks[len(messages)])
            if message is None:
                self.skipped += 1
            else:
                messages.append(message)
        return Batch(messages, self._pixels[: len(messages)])


def _own_memory(capacity: int, shape_yx: tuple[int, int], dtype: PixelType) -> Pixels:
    count = capacity * shape_yx[0] * shape_yx[1]
    block = disk.aligned_block(count * np.dtype(dtype).itemsize)
    return np.frombuffer(block, dtype, count).reshape(capacity, *shape_yx)
