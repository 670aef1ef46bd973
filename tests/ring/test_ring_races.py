"""What a reader does when the writer acts between any two of its steps, or within its copy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ring_frames import frame_bytes, message_for, paint, publish
from ring_steps import PUBLISH_STEPS, STEPS, CrashError, crash_in, interleave

from livecare.errors import RingError
from livecare.ring import GatingReader, OverrunnableReader, RingWriter, layout, readers
from livecare.wire import FrameMessage

SLOTS = 3


@pytest.fixture
def ring(ring_path: Path) -> Path:
    """Give the path of a ring of three small slots."""
    RingWriter.create(ring_path, SLOTS, frame_bytes()).close()
    return ring_path


def claim_and_half_write(end: RingWriter) -> None:
    slot = end.claim()
    slot.block[: frame_bytes() // 2] = b"\xee" * (frame_bytes() // 2)


def publish_one(end: RingWriter) -> None:
    assert publish(end, 1000)


@pytest.mark.parametrize("act", [claim_and_half_write, publish_one])
@pytest.mark.parametrize(("step", "at"), STEPS, ids=[f"{step} {at}" for step, at in STEPS])
def test_a_frame_overwritten_before_any_step_of_its_reader_is_missed(
    ring: Path, step: str, at: int, act: Callable[[RingWriter], None]
) -> None:
    with RingWriter(ring) as end, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        for number in range(SLOTS):
            publish(end, number)
        gate.release()
        with interleave(view, step, at, lambda: act(end)):
            assert view.read_into(np.zeros(frame_bytes(), np.uint8)) is None
        assert view.cursor == 1


@pytest.mark.parametrize("act", [claim_and_half_write, publish_one])
def test_a_frame_overwritten_within_its_copy_is_missed(
    ring: Path, act: Callable[[RingWriter], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RingWriter(ring) as end, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        for number in range(SLOTS):
            publish(end, number)
        gate.release()

        def copy_in_halves(target: np.ndarray, source: np.ndarray) -> None:
            half = len(source) // 2
            target[:half] = source[:half]
            act(end)
            target[half:] = source[half:]

        monkeypatch.setattr(readers.np, "copyto", copy_in_halves)
        block = np.zeros((8, 16), np.uint16)
        assert view.read_into(block) is None
        if act is publish_one:
            assert set(block.ravel()) == {0, 1000}  # it was torn indeed


@pytest.mark.parametrize(("step", "at"), STEPS, ids=[f"{step} {at}" for step, at in STEPS])
def test_a_frame_is_read_while_the_writer_works_on_other_slots(
    ring: Path, step: str, at: int
) -> None:
    with RingWriter(ring) as end, OverrunnableReader(ring) as view:
        publish(end, 0)
        publish(end, 1)
        block = np.zeros((8, 16), np.uint16)
        with interleave(view, step, at, lambda: publish_one(end)):
            assert view.read_into(block) == message_for(0)
        assert not block.any()


def test_a_header_of_an_absurd_length_is_bounded_until_the_lock_word_says_why(ring: Path) -> None:
    with RingWriter(ring) as end, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        for number in range(SLOTS):
            publish(end, number)
        gate.release()

        def overwrite() -> None:
            end.claim()
            end._file._words[end._file._offset(SLOTS) // 8 + 1] = 2**64 - 1
            assert len(end._file.header(SLOTS)) == 4096 - 16

        with interleave(view, "header", 1, overwrite):
            assert view.read_into(np.zeros(frame_bytes(), np.uint8)) is None


@pytest.mark.parametrize("step", PUBLISH_STEPS)
def test_a_writer_that_dies_within_publish_publishes_nothing(ring: Path, step: str) -> None:
    with OverrunnableReader(ring) as view, GatingReader(ring) as gate:
        with RingWriter(ring) as killed:
            publish(killed, 0)
            gate.release()
            slot = killed.claim()
            paint(slot, 111)
            crash_in(killed, step)
            with pytest.raises(CrashError):
                killed.publish(slot, message_for(111))
            del slot
        assert gate.peek() is None
        assert view.waiting == 1
        with RingWriter(ring) as successor:
            assert successor.claim().ticket == 1
            assert gate.peek() is None
            publish(successor, 222)
            assert gate.peek()[1] == message_for(222)
        block = np.zeros((8, 16), np.uint16)
        assert view.read_into(block) == message_for(0)
        assert view.read_into(block) == message_for(222)
        assert (block == 222).all()


def test_a_frame_that_a_killed_writer_had_written_but_not_published_is_not_read(
    ring: Path,
) -> None:
    with OverrunnableReader(ring) as view, RingWriter(ring) as killed:
        slot = killed.claim()
        paint(slot, 111)
        crash_in(killed, "set_word")
        with pytest.raises(CrashError):
            killed.publish(slot, message_for(111))
        assert view._file.lock_word(0) == 2  # whole, as far as its slot goes
        with pytest.raises(RingError, match="no frame waits"):
            view.read_into(np.zeros(frame_bytes(), np.uint8))
        assert view.cursor == 0
        del slot


def test_no_frame_slips_between_the_phase_and_what_waits(ring: Path) -> None:
    """Looking at the phase first is what makes "closed and nothing waits" the end."""
    with RingWriter(ring) as end, OverrunnableReader(ring) as view:
        closed = view.phase is layout.Phase.CLOSED
        publish(end, 0)
        end.set_phase(layout.Phase.CLOSED)
        assert not (closed and view.waiting == 0)
        assert view.phase is layout.Phase.CLOSED
        assert view.waiting == 1


def test_the_lock_word_is_odd_before_the_first_pixel_and_even_before_it_is_published(
    ring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    with RingWriter(ring) as end:
        set_lock_word, set_word, set_header = (
            end._file.set_lock_word,
            end._file.set_word,
            end._file.set_header,
        )

        def note(name: str, act: Callable[..., None]) -> Callable[..., None]:
            def noting(*arguments: int) -> None:
                order.append(f"{name}{arguments[-1]}" if name == "lock " else name)
                act(*arguments)

            return noting

        monkeypatch.setattr(end._file, "set_lock_word", note("lock ", set_lock_word))
        monkeypatch.setattr(end._file, "set_word", note("published", set_word))
        monkeypatch.setattr(end._file, "set_header", note("header", set_header))
        publish(end, 0)
    assert order == ["lock 1", "header", "lock 2", "published"]


def test_a_message_is_returned_only_for_its_own_ticket(ring: Path) -> None:
    with RingWriter(ring) as end, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        seen: list[FrameMessage | None] = []
        for number in range(50):
            publish(end, number)
            gate.release()
            if number % 7 == 0:
                seen += [
                    view.read_into(np.zeros(frame_bytes(), np.uint8)) for _ in range(view.waiting)
                ]
        for ticket, message in enumerate(seen):
            assert message is None or message == message_for(ticket)
