"""What a reader leaves alone: memory behind a frame, and a frame that is not published."""

from pathlib import Path

import pytest
from ring_frames import frame_bytes, message_for, publish
from ring_steps import CrashError, crash_in

from livecare.ring import OverrunnableReader, RingWriter


def test_a_longer_block_takes_the_frame_and_is_left_alone_behind_it(ring_path: Path) -> None:
    with (
        RingWriter.create(ring_path, 2, frame_bytes()) as writer,
        OverrunnableReader(ring_path) as view,
    ):
        publish(writer, 3)
        block = bytearray(b"\xee" * (frame_bytes() + 7))
        assert view.read_into(memoryview(block)) == message_for(3)
        assert block == b"\x03\x00" * (frame_bytes() // 2) + b"\xee" * 7


def test_what_a_killed_writer_had_written_but_not_published_is_not_glanced_at(
    ring_path: Path,
) -> None:
    """Its successor writes the same ticket anew, while the lock word says that it is there."""
    with (
        RingWriter.create(ring_path, 2, frame_bytes()) as writer,
        OverrunnableReader(ring_path) as view,
    ):
        publish(writer, 3)
        crash_in(writer, "set_word")
        with pytest.raises(CrashError):
            publish(writer, 4)
        assert view.glance(0) == message_for(3)
        assert view.glance(1) is None
        assert view.copy(1) is None
