"""What can be seen of a frame without reading on: its header, or a copy of its pixels."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from ring_frames import frame_bytes, is_whole, message_for, publish
from ring_steps import STEPS, interleave

from livecare.errors import ProtocolError
from livecare.ring import GatingReader, OverrunnableReader, RingWriter, readers

SLOTS = 3
Looking = Callable[[OverrunnableReader, int], object]


class Ends:
    """A ring's three ends."""

    def __init__(self, path: Path) -> None:
        self.writer = RingWriter.create(path, SLOTS, frame_bytes())
        self.gate = GatingReader(path)
        self.view = OverrunnableReader(path)

    def publish(self, *numbers: int) -> None:
        for number in numbers:
            assert publish(self.writer, number)
            self.gate.release()

    def half_write(self) -> None:
        """Begin to overwrite the oldest frame."""
        slot = self.writer.claim()
        slot.block[: frame_bytes() // 2] = b"\xee" * (frame_bytes() // 2)

    def close(self) -> None:
        for end in (self.writer, self.gate, self.view):
            end.close()


@pytest.fixture
def ends(ring_path: Path) -> Iterator[Ends]:
    ends = Ends(ring_path)
    yield ends
    ends.close()


@pytest.mark.parametrize("look", [OverrunnableReader.glance, OverrunnableReader.copy])
def test_what_is_not_there_is_none(ends: Ends, look: Looking) -> None:
    assert look(ends.view, 0) is None, "nothing is published yet"
    ends.publish(*range(SLOTS + 1))
    found = [ticket for ticket in range(-2, SLOTS + 3) if look(ends.view, ticket) is not None]
    assert found == [1, 2, 3]


def test_any_frame_that_is_there_is_found_and_the_cursor_stays(ends: Ends) -> None:
    ends.publish(*range(7))
    for ticket in (6, 4, 5):
        assert ends.view.glance(ticket) == message_for(ticket)
        message, pixels = ends.view.copy(ticket)
        assert message == message_for(ticket)
        assert is_whole(message, pixels)
        assert (pixels.shape, pixels.dtype) == (message.header.shape_yx, message.header.dtype)
    assert (ends.view.cursor, ends.view.waiting) == (0, 7)


def test_a_copy_is_its_own_and_read_only(ends: Ends) -> None:
    ends.publish(0)
    message, pixels = ends.view.copy(0)
    ends.publish(*range(1, SLOTS + 1))
    assert is_whole(message, pixels)
    assert not pixels.flags.writeable


@pytest.mark.parametrize(("step", "at"), STEPS, ids=[f"{step} {at}" for step, at in STEPS])
def test_a_frame_overwritten_before_any_step_is_not_copied(ends: Ends, step: str, at: int) -> None:
    ends.publish(*range(SLOTS))
    with interleave(ends.view, step, at, ends.half_write):
        assert ends.view.copy(0) is None


@pytest.mark.parametrize(("step", "at"), STEPS[:3], ids=[f"{step} {at}" for step, at in STEPS[:3]])
def test_a_frame_overwritten_before_any_step_is_not_seen(ends: Ends, step: str, at: int) -> None:
    ends.publish(*range(SLOTS))
    with interleave(ends.view, step, at, ends.half_write):
        assert ends.view.glance(0) is None


def test_a_frame_overwritten_within_its_copy_is_none(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends.publish(*range(SLOTS))

    def copy_late(target: np.ndarray, source: np.ndarray) -> None:
        target[:] = source
        ends.half_write()

    monkeypatch.setattr(readers.np, "copyto", copy_late)
    assert ends.view.copy(0) is None


@pytest.mark.parametrize("look", [OverrunnableReader.glance, OverrunnableReader.copy])
def test_damage_is_named(ends: Ends, look: Looking) -> None:
    ends.publish(0)
    ends.writer._file.set_header(0, b"no frame")
    with pytest.raises(ProtocolError, match="ticket 0 of"):
        look(ends.view, 0)
