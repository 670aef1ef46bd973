"""The layout of a ring file: the only module that knows how frames lie in shared memory.

A file, allocated before it is mapped, of one page of state and then slots. A slot is a page with
a lock word and the frame's header, then the pixels, page-aligned. Frames are numbered by
*tickets* (0, 1, 2 …, never reused); ticket k lies in slot k mod n.

*Seqlock.* The lock word of a slot is 2k + 1 while ticket k is being written and 2k + 2 when it is
there. A reader looks at the word, copies, and looks again: unless both are 2k + 2 the writer has
come round and the copy is dropped. No reader writes anything but the one gating reader its gate.

*Gate.* The writer never claims a slot that the gating reader has not released, so that reader
loses nothing. All other readers can be overrun, stopped or killed: they hold nothing.

Words are 8 bytes, aligned, and written by one process each; x86-64 keeps such stores whole and in
order, which is what the seqlock needs. (An ARM port needs barriers here and nowhere else.)
"""

import contextlib
import mmap
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from livecare import disk
from livecare.errors import RingError
from livecare.frame import Pixels

MAGIC: Final = int.from_bytes(b"livecare", "little")
"""First word of every ring file: its bytes read "livecare"."""
LAYOUT: Final = 1
"""Version of the layout below; a process of another version refuses the file."""

FEWEST_SLOTS: Final = 2
"""One slot could not be written while it is read."""

WORD_BYTES: Final = 8
"""Bytes of a word: what x86-64 stores at once."""
STATE_BYTES: Final = disk.PAGE_BYTES
"""Bytes of the state: one page, so that slots begin page-aligned."""
SLOT_HEADER_BYTES: Final = disk.PAGE_BYTES
"""One page, so that pixels start page-aligned as unbuffered disk writes need."""
HEADER_OFFSET: Final = 2 * WORD_BYTES
"""The header's bytes lie behind the lock word and their own length."""
TAIL_BYTES: Final = 4
"""Room behind the pixels for the checksum that the store writes after them."""

# Words of the state page. Those that change are a cache line (8 words) apart.
MAGIC_WORD, LAYOUT_WORD, SLOTS_WORD, BLOCK_BYTES_WORD = range(4)
PUBLISHED_WORD, RELEASED_WORD, PHASE_WORD = 8, 16, 24


class Phase(IntEnum):
    """What the writer wants of overrunnable readers that process frames.

    A reader that is to miss nothing at the end looks at the phase first and at what waits second:
    the other way round a frame may come between the two looks.
    """

    LIVE = 0
    """Newest wins: skip what you have no time for."""
    DRAIN = 1
    """The acquisition is over: take every frame in turn; the writer waits for you."""
    CLOSED = 2
    """Nothing will be published any more."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A frame's place in shared memory.

    Attributes
    ----------
    ticket : int
        The frame's number in this ring.
    block : memoryview
        Page-aligned bytes: the pixels, then at least `TAIL_BYTES` of room.
    """

    ticket: int
    block: memoryview

    def pixels(self, shape_yx: tuple[int, int], dtype: str) -> Pixels:
        """View the block's beginning as an image of this shape and type.

        Raises
        ------
        RingError
            If the slot is too small for it.
        """
        count = shape_yx[0] * shape_yx[1]
        if count * np.dtype(dtype).itemsize > len(self.block) - TAIL_BYTES:
            raise RingError(
                f"{shape_yx[0]} × {shape_yx[1]} {dtype} does not fit a slot of "
                f"{len(self.block) - TAIL_BYTES} bytes: make the ring for larger frames"
            )
        return np.frombuffer(self.block, dtype=dtype, count=count).reshape(shape_yx)


class RingFile:
    """The mapped file and its words; what the writer and every reader share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), 0)
        except (OSError, ValueError) as error:
            raise RingError(f"cannot map the ring {path}: {error}") from error
        whole = memoryview(self._map)
        self._bytes = whole
        self._words = whole[: len(whole) // WORD_BYTES * WORD_BYTES].cast("Q")
        try:
            self._check()
        except RingError:
            self.close()
            raise
        self.slots = self._words[SLOTS_WORD]
        self.block_bytes = self._words[BLOCK_BYTES_WORD]
        self._stride = SLOT_HEADER_BYTES + self.block_bytes

    @property
    def published(self) -> int:
        """How many tickets were published; the newest is one less."""
        return self._words[PUBLISHED_WORD]

    @property
    def released(self) -> int:
        """How many tickets the gating reader has released."""
        return self._words[RELEASED_WORD]

    @property
    def phase(self) -> Phase:
        """What the writer wants of readers that process frames."""
        number = self._words[PHASE_WORD]
        try:
            return Phase(number)
        except ValueError as error:
            raise RingError(f"{self.path} is damaged: there is no phase {number}") from error

    def set_word(self, word: int, number: int) -> None:
        """Write a word of the state page."""
        self._words[word] = number

    def lock_word(self, ticket: int) -> int:
        """Return the lock word of a ticket's slot."""
        return self._words[self._offset(ticket) // WORD_BYTES]

    def set_lock_word(self, ticket: int, number: int) -> None:
        """Write the lock word of a ticket's slot."""
        self._words[self._offset(ticket) // WORD_BYTES] = number

    def block(self, ticket: int) -> memoryview:
        """View the pixels of a ticket's slot, with the room behind them."""
        start = self._offset(ticket) + SLOT_HEADER_BYTES
        return self._bytes[start : start + self.block_bytes]

    def header(self, ticket: int) -> bytes:
        """Copy the header out of a ticket's slot; garbage if it is overwritten meanwhile."""
        start = self._offset(ticket)
        length = min(self._words[start // WORD_BYTES + 1], SLOT_HEADER_BYTES - HEADER_OFFSET)
        return bytes(self._bytes[start + HEADER_OFFSET : start + HEADER_OFFSET + length])

    def set_header(self, ticket: int, header: bytes) -> None:
        """Write the header into a ticket's slot."""
        start = self._offset(ticket)
        self._words[start // WORD_BYTES + 1] = len(header)
        self._bytes[start + HEADER_OFFSET : start + HEADER_OFFSET + len(header)] = header

    def close(self) -> None:
        """Unmap the file."""
        with contextlib.suppress(BufferError):  # a view still held keeps the map until it goes
            self._words.release()
            self._bytes.release()
            self._map.close()

    def _check(self) -> None:
        length, words = len(self._bytes), self._words
        if length < STATE_BYTES or words[MAGIC_WORD] != MAGIC:
            raise RingError(f"{self.path} is not a livecare ring")
        if words[LAYOUT_WORD] != LAYOUT:
            raise RingError(
                f"{self.path} is a ring of layout {words[LAYOUT_WORD]}, "
                f"this livecare reads {LAYOUT}: run one version only"
            )
        slots, block_bytes = words[SLOTS_WORD], words[BLOCK_BYTES_WORD]
        whole = STATE_BYTES + slots * (SLOT_HEADER_BYTES + block_bytes)
        odd = block_bytes == 0 or block_bytes % disk.PAGE_BYTES != 0
        if slots < FEWEST_SLOTS or odd or length != whole:
            raise RingError(
                f"{self.path} has {length} bytes, which is not {slots} slots of {block_bytes}: "
                f"make it anew"
            )

    def _offset(self, ticket: int) -> int:
        return STATE_BYTES + ticket % self.slots * self._stride


class RingEnd:
    """One end of a ring: opens the file, and closes it as a context manager does."""

    def __init__(self, path: Path) -> None:
        self._file = RingFile(path)

    @property
    def slots(self) -> int:
        """How many frames the ring holds."""
        return self._file.slots

    @property
    def block_bytes(self) -> int:
        """Bytes of a slot's block: whole pages."""
        return self._file.block_bytes

    @property
    def published(self) -> int:
        """How many tickets were published; the newest is one less."""
        return self._file.published

    @property
    def phase(self) -> Phase:
        """What the writer wants of readers that process frames."""
        return self._file.phase

    def close(self) -> None:
        """Unmap the file; what is in it stays for the others."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
