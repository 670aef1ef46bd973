"""What writer and readers do, one process and one step at a time."""

from pathlib import Path

import numpy as np
import pytest
from ring_end import SLOTS, read
from ring_frames import frame_bytes, message_for, publish

from livecare import wire
from livecare.errors import ProtocolError, RingError
from livecare.frame import PIXEL_TYPES, PixelType
from livecare.ring import GatingReader, OverrunnableReader, Phase, RingWriter
from livecare.ring.layout import TAIL_BYTES


def test_a_frame_goes_from_the_writer_to_every_reader(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        assert gate.peek() is None
        assert view.waiting == 0
        publish(writer, 17)
        slot, message = gate.peek()
        assert message == message_for(17)
        assert (slot.pixels((8, 16), "uint16") == 17).all()
        assert view.waiting == 1
        assert read(view) == message_for(17)
        assert view.waiting == 0
        assert (writer.published, gate.published, view.published) == (1, 1, 1)
        del slot


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
@pytest.mark.parametrize("shape_yx", [(1, 1), (1, 4097), (4097, 1), (513, 771)])
def test_any_shape_and_type_arrives_pixel_by_pixel(
    ring_path: Path, shape_yx: tuple[int, int], dtype: PixelType
) -> None:
    arrives_pixel_by_pixel(ring_path, shape_yx, dtype)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_a_frame_of_6000_by_6000_arrives_pixel_by_pixel(ring_path: Path, dtype: PixelType) -> None:
    arrives_pixel_by_pixel(ring_path, (6000, 6000), dtype)


def arrives_pixel_by_pixel(path: Path, shape_yx: tuple[int, int], dtype: PixelType) -> None:
    pattern = (np.arange(shape_yx[0] * shape_yx[1]) % 65521).reshape(shape_yx).astype(dtype)
    message = message_for(0, shape_yx, dtype)
    copied = np.zeros(shape_yx, dtype)
    with (
        RingWriter.create(path, 2, message.header.frame_bytes) as writer,
        GatingReader(path) as gate,
        OverrunnableReader(path) as view,
    ):
        slot = writer.claim()
        slot.pixels(shape_yx, dtype)[:] = pattern
        writer.publish(slot, message)
        held, header = gate.peek()
        assert header == message
        held.block[-TAIL_BYTES:] = b"\xff" * TAIL_BYTES  # the store's checksum disturbs no pixel
        np.testing.assert_array_equal(held.pixels(shape_yx, dtype), pattern)
        assert view.read_into(copied) == message
        np.testing.assert_array_equal(copied, pattern)
        del slot, held


def test_the_writer_waits_for_the_gating_reader_and_for_nobody_else(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate, OverrunnableReader(ring):
        assert [publish(writer, n) for n in range(SLOTS + 1)] == [True] * SLOTS + [False]
        assert writer.claim() is None
        gate.release()
        assert publish(writer, SLOTS)
        assert writer.claim() is None


def test_the_gating_reader_sees_a_frame_until_it_releases_it(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        publish(writer, 0)
        publish(writer, 1)
        assert [gate.peek()[1].header.sequence for _ in range(3)] == [0, 0, 0]
        gate.release()
        assert gate.peek()[1].header.sequence == 1


def test_a_gating_reader_that_comes_back_carries_on_at_the_first_unreleased(ring: Path) -> None:
    with RingWriter(ring) as writer:
        for number in range(SLOTS):
            publish(writer, number)
        with GatingReader(ring) as gate:
            gate.release()
            gate.peek()
        with GatingReader(ring) as gate:
            assert gate.peek()[1].header.sequence == 1


def test_nothing_can_be_released_before_it_is_there(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        for number in range(2):
            with pytest.raises(RingError, match=r"nothing to release in .*frames\.ring"):
                gate.release()
            publish(writer, number)
            gate.release()


def test_an_overrunnable_reader_begins_with_what_comes_after_it_opens(ring: Path) -> None:
    with RingWriter(ring) as writer:
        publish(writer, 0)
        with OverrunnableReader(ring) as view:
            assert (view.waiting, view.cursor) == (0, 1)
            publish(writer, 1)
            assert read(view) == message_for(1)


def test_an_overrun_reader_misses_each_lost_frame_once(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        for number in range(10):
            publish(writer, number)
            gate.release()
        assert view.waiting == 10
        seen = [read(view) for _ in range(10)]
        assert seen == [None] * 7 + [message_for(n) for n in (7, 8, 9)]


def test_a_reader_that_is_behind_can_skip_to_the_newest(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        for number in range(10):
            publish(writer, number)
            gate.release()
        assert view.skip_to_newest(2) == 8
        assert view.skip_to_newest(2) == 0
        assert [read(view) for _ in range(2)] == [message_for(8), message_for(9)]
        assert view.skip_to_newest(0) == 0


def test_a_reader_cannot_read_before_a_frame_waits(ring: Path) -> None:
    with RingWriter(ring) as writer, OverrunnableReader(ring) as view:
        with pytest.raises(RingError, match=r"no frame waits in .*; 0 would be the next"):
            read(view)
        publish(writer, 0)
        assert read(view) == message_for(0)


def test_a_block_too_short_for_the_frame_is_not_written(ring: Path) -> None:
    block = np.zeros(frame_bytes() - 1, np.uint8)
    with RingWriter(ring) as writer, OverrunnableReader(ring) as view:
        publish(writer, 0x0505)
        assert view.read_into(block) is None
        assert not block.any()


def test_a_frame_may_be_read_into_bytes_and_into_an_image(ring: Path) -> None:
    with RingWriter(ring) as writer, OverrunnableReader(ring) as view:
        publish(writer, 3)
        publish(writer, 4)
        block = bytearray(frame_bytes())
        assert view.read_into(memoryview(block)) == message_for(3)
        assert block == b"\x03\x00" * 128
        image = np.zeros((8, 16), np.uint16)  # 8 rows, but 256 bytes
        assert view.read_into(image) == message_for(4)
        assert (image == 4).all()


@pytest.mark.parametrize(
    ("header", "words"),
    [
        pytest.param(b"", "cannot be read", id="nothing"),
        pytest.param(b"\xc1\xff\x00", "cannot be read", id="garbage"),
        pytest.param(
            wire.encode(message_for(0, (64, 64))), "8192 bytes do not fit its slot", id="too large"
        ),
    ],
)
def test_a_damaged_slot_is_named_and_passed_over(ring: Path, header: bytes, words: str) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        publish(writer, 0)
        publish(writer, 1)
        writer._file.set_header(0, header)
        with pytest.raises(ProtocolError, match=rf"ticket 0 of .*frames\.ring: .*{words}"):
            gate.peek()
        with pytest.raises(ProtocolError, match=rf"ticket 0 of .*frames\.ring: .*{words}"):
            read(view)
        gate.release()
        assert gate.peek()[1] == message_for(1)
        assert read(view) == message_for(1)


def test_a_slot_overwritten_while_it_is_held_is_named(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        publish(writer, 0)
        writer._file.set_lock_word(SLOTS, 2 * SLOTS + 1)  # a second writer, or damage
        with pytest.raises(ProtocolError, match=r"ticket 0 of .* was overwritten while held"):
            gate.peek()


def test_every_end_sees_the_phase_and_so_does_a_new_writer(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        for phase in (Phase.LIVE, Phase.DRAIN, Phase.CLOSED):
            writer.set_phase(phase)
            assert [end.phase for end in (writer, gate, view)] == [phase] * 3
    with RingWriter(ring) as writer:
        assert writer.phase is Phase.CLOSED
