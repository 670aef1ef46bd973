"""The end of a ring that publishes frames."""

import contextlib
from pathlib import Path
from typing import Self

import numpy as np

from livecare import disk, wire
from livecare.errors import RingError
from livecare.ring.layout import (
    BLOCK_BYTES_WORD,
    FEWEST_SLOTS,
    HEADER_OFFSET,
    LAYOUT,
    LAYOUT_WORD,
    MAGIC,
    MAGIC_WORD,
    PHASE_WORD,
    PUBLISHED_WORD,
    RELEASED_WORD,
    SLOT_HEADER_BYTES,
    SLOTS_WORD,
    STATE_BYTES,
    TAIL_BYTES,
    WORD_BYTES,
    Phase,
    RingEnd,
    Slot,
)
from livecare.wire import FrameMessage


class RingWriter(RingEnd):
    """The one end that publishes frames.

    Opening an existing ring carries on where a killed writer stopped: the ticket that it was
    writing is written again.

    Raises
    ------
    RingError
        If the file is missing or is no ring.
    """

    @classmethod
    def create(cls, path: Path, slots: int, frame_bytes: int, first_ticket: int = 0) -> Self:
        """Make a ring file, all of it allocated, and open it.

        Parameters
        ----------
        path : Path
            Must not exist; best on a file system in memory.
        slots : int
            Frames that it holds, at least 2.
        frame_bytes : int
            Bytes of the largest frame.
        first_ticket : int
            Where the tickets begin, for tests of the arithmetic of long runs.

        Raises
        ------
        RingError
            If the file exists, or there is no room for it; then no file is left.
        """
        if slots < FEWEST_SLOTS or not 1 <= frame_bytes <= wire.MAX_FRAME_BYTES:
            raise RingError(
                f"a ring has {FEWEST_SLOTS} slots or more of 1 to {wire.MAX_FRAME_BYTES} bytes, "
                f"not {slots} of {frame_bytes}"
            )
        block_bytes = disk.pad(frame_bytes + TAIL_BYTES)
        size = STATE_BYTES + slots * (SLOT_HEADER_BYTES + block_bytes)
        try:
            file = path.open("xb")
        except FileExistsError as error:
            raise RingError(f"the ring {path} exists already") from error
        except OSError as error:
            raise RingError(f"cannot make the ring {path}: {error}; set ring.directory") from error
        try:
            with file:
                disk.allocate(file.fileno(), size)
                file.write(_first_state(slots, block_bytes, first_ticket))
            return cls(path)
        except (OSError, OverflowError, RingError) as error:
            with contextlib.suppress(OSError):
                path.unlink()
            raise RingError(
                f"no room for a ring of {slots} frames ({size / 1e6:.0f} MB) at {path}: {error}; "
                f"free some or set ring.slots or ring.directory"
            ) from error

    def claim(self) -> Slot | None:
        """Return the next slot to write, or None while the gating reader holds it.

        Claiming again before `publish` returns the same ticket.
        """
        ticket = self._file.published
        if ticket - self._file.released >= self._file.slots:
            return None
        self._file.set_lock_word(ticket, 2 * ticket + 1)
        return Slot(ticket, self._file.block(ticket))

    def publish(self, slot: Slot, message: FrameMessage) -> None:
        """Make a written slot visible to all readers.

        Raises
        ------
        RingError
            If the slot is not the one claimed last, the header is too long for its page, or the
            frame is larger than the slot. The slot stays claimed.
        ProtocolError
            If the header describes no frame: readers would refuse it.
        """
        ticket = self._file.published
        if slot.ticket != ticket or self._file.lock_word(ticket) != 2 * ticket + 1:
            raise RingError(f"ticket {slot.ticket} is not claimed; {ticket} is next")
        wire.check_header(message.header)
        size, room = message.header.frame_bytes, self._file.block_bytes - TAIL_BYTES
        if size > room:
            raise RingError(f"frame {message.header.sequence}: {size} bytes; a slot has {room}")
        header = wire.encode(message)
        if len(header) > SLOT_HEADER_BYTES - HEADER_OFFSET:
            raise RingError(f"frame {message.header.sequence}: its header has {len(header)} bytes")
        self._file.set_header(slot.ticket, header)
        self._file.set_lock_word(slot.ticket, 2 * slot.ticket + 2)
        self._file.set_word(PUBLISHED_WORD, slot.ticket + 1)

    def set_phase(self, phase: Phase) -> None:
        """Tell the readers how to treat what waits."""
        self._file.set_word(PHASE_WORD, phase)


def _first_state(slots: int, block_bytes: int, ticket: int) -> bytes:
    """Return the state page of an empty ring whose tickets begin with one."""
    state = np.zeros(STATE_BYTES // WORD_BYTES, dtype="<u8")
    state[[MAGIC_WORD, LAYOUT_WORD]] = MAGIC, LAYOUT
    state[[SLOTS_WORD, BLOCK_BYTES_WORD]] = slots, block_bytes
    state[[PUBLISHED_WORD, RELEASED_WORD]] = ticket
    return state.tobytes()
