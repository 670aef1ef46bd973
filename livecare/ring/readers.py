"""The ends of a ring that read frames: the one that gates, and those that can be overrun."""

from pathlib import Path

import numpy as np

from livecare import wire
from livecare.errors import ProtocolError, RingError
from livecare.frame import Pixels
from livecare.ring.layout import RELEASED_WORD, TAIL_BYTES, RingEnd, RingFile, Slot
from livecare.wire import FrameMessage


class GatingReader(RingEnd):
    """The one reader that the writer waits for; reads in place, without a copy."""

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
        if self._file.lock_word(ticket) != 2 * ticket + 2:
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
        whole = 2 * ticket + 2
        if self._file.lock_word(ticket) != whole:
            return None
        header = self._file.header(ticket)
        if self._file.lock_word(ticket) != whole:
            return None
        message = _message(self._file, ticket, header)
        size = message.header.frame_bytes
        copied = np.frombuffer(block, np.uint8)
        if size > copied.size:
            return None
        np.copyto(copied[:size], np.frombuffer(self._file.block(ticket), np.uint8, size))
        return message if self._file.lock_word(ticket) == whole else None


def _message(file: RingFile, ticket: int, header: bytes) -> FrameMessage:
    try:
        message = wire.decode_frame(header)
    except ProtocolError as error:
        raise ProtocolError(f"ticket {ticket} of {file.path}: {error}") from error
    size = message.header.frame_bytes
    if size > file.block_bytes - TAIL_BYTES:
        raise ProtocolError(f"ticket {ticket} of {file.path}: {size} bytes do not fit its slot")
    return message
