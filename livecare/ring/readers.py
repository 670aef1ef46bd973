"""The ends of a ring that read frames: the one that gates, and those that can be overrun."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livecare import wire
from livecare.errors import ProtocolError, RingError
from livecare.frame import Pixels
from livecare.ring.layout import RELEASED_WORD, TAIL_BYTES, RingEnd, RingFile, Slot
from livecare.wire import FrameMessage


class GatingReader(RingEnd):
    """The one reader that the writer waits for; reads in place, without a copy."""

    @property
    def waiting(self) -> int:
        """How many published tickets it has not released."""
        return self._file.published - self._file.released

    def peek(self) -> tuple[Slot, FrameMessage] | None:
        """Return the oldest frame not yet released, or None when there is none.

        The slot stays as it is until `release`; its block's tail may be written.

        Raises
        ------
        ProtocolError
            If the slot does not hold a frame: the ring's memory was damaged. `release` passes
            over it.
        """
        ticket = self._file.released
        if ticket >= self._file.published:
            return None
        if self._file.lock_word(ticket) != _lock_word_of(ticket):
            raise ProtocolError(f"ticket {ticket} of {self._file.path} was overwritten while held")
        message = _message(self._file, ticket, self._file.header(ticket))
        return Slot(ticket, self._file.block(ticket)), message

    def release(self) -> None:
        """Give the oldest frame's slot back to the writer. Raises RingError if none is held."""
        ticket = self._file.released
        if ticket >= self._file.published:
            raise RingError(f"nothing to release in {self._file.path}")
        self._file.set_word(RELEASED_WORD, ticket + 1)


class OverrunnableReader(RingEnd):
    """A reader that nobody waits for; begins with the first frame published after it opens.

    Attributes
    ----------
    cursor : int
        The next ticket that it wants.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.cursor = self._file.published

    @property
    def waiting(self) -> int:
        """How many published tickets it has not read or skipped."""
        return self._file.published - self.cursor

    def skip_to_newest(self, keep: int) -> int:
        """Move on so that at most `keep` tickets wait; return how many were skipped."""
        skipped = max(0, self.waiting - keep)
        self.cursor += skipped
        return skipped

    def read_into(self, block: memoryview | Pixels) -> FrameMessage | None:
        """Copy the frame at the cursor and advance.

        Parameters
        ----------
        block : writable, contiguous buffer or array
            At least as long as the frame, in bytes.

        Returns
        -------
        FrameMessage or None
            None if the writer overwrote the frame before or during the copy (the ticket is
            spent all the same), or `block` is too short for it.

        Raises
        ------
        RingError
            If no frame waits; look at `waiting` first.
        ProtocolError
            If the slot does not hold a frame: the ring's memory was damaged. (The ticket is
            spent.)
        """
        ticket = self.cursor
        if ticket >= self._file.published:
            # A killed writer's successor may still write this ticket anew: what lies in its slot
            # is no frame yet, whatever the lock word says.
            raise RingError(f"no frame waits in {self._file.path}; {ticket} would be the next")
        self.cursor += 1
        message = self._look(ticket)
        if message is None or not self._copy(ticket, message, np.frombuffer(block, np.uint8)):
            return None
        return message

    def glance(self, ticket: int) -> FrameMessage | None:
        """Return what a ticket's frame is, without its pixels; the cursor stays.

        Returns
        -------
        FrameMessage or None
            None if it is not published yet, or was overwritten.

        Raises
        ------
        ProtocolError
            If the slot does not hold a frame: the ring's memory was damaged.
        """
        return self._look(ticket) if 0 <= ticket < self._file.published else None

    def copy(self, ticket: int) -> tuple[FrameMessage, Pixels] | None:
        """Copy a ticket's frame into memory of its own, read-only; the cursor stays.

        Returns
        -------
        tuple of FrameMessage and array, shape (y, x), or None
            None if it is not published yet, or was overwritten before or during the copy.

        Raises
        ------
        ProtocolError
            As `glance`.
        """
        message = self.glance(ticket)
        if message is None:
            return None
        pixels = np.empty(message.header.shape_yx, message.header.dtype)
        if not self._copy(ticket, message, pixels.reshape(-1).view(np.uint8)):
            return None
        pixels.flags.writeable = False
        return message, pixels

    def _look(self, ticket: int) -> FrameMessage | None:
        """Read the header of a published ticket; None if its slot holds another frame by now."""
        whole = _lock_word_of(ticket)
        if self._file.lock_word(ticket) != whole:
            return None
        header = self._file.header(ticket)
        return (
            _message(self._file, ticket, header) if self._file.lock_word(ticket) == whole else None
        )

    def _copy(self, ticket: int, message: FrameMessage, target: NDArray[np.uint8]) -> bool:
        """Copy the pixels; False if `target` is too short, or they were overwritten meanwhile."""
        size = message.header.frame_bytes
        if size > target.size:
            return False
        np.copyto(target[:size], np.frombuffer(self._file.block(ticket), np.uint8, size))
        return self._file.lock_word(ticket) == _lock_word_of(ticket)


def _lock_word_of(ticket: int) -> int:
    """Return the lock word of a slot that holds this ticket's frame, whole."""
    return 2 * ticket + 2


def _message(file: RingFile, ticket: int, header: bytes) -> FrameMessage:
    try:
        message = wire.decode_frame(header)
    except ProtocolError as error:
        raise ProtocolError(f"ticket {ticket} of {file.path}: {error}") from error
    size = message.header.frame_bytes
    if size > file.block_bytes - TAIL_BYTES:
        raise ProtocolError(f"ticket {ticket} of {file.path}: {size} bytes do not fit its slot")
    return message
