"""Making and opening ring files, and refusing those that are none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ring_frames import frame_bytes, publish

from livecare import disk
from livecare.errors import RingError
from livecare.ring import GatingReader, OverrunnableReader, Phase, RingWriter
from livecare.ring.layout import (
    BLOCK_BYTES_WORD,
    LAYOUT_WORD,
    MAGIC_WORD,
    PHASE_WORD,
    PUBLISHED_WORD,
    SLOT_HEADER_BYTES,
    SLOTS_WORD,
    STATE_BYTES,
    WORD_BYTES,
)
from livecare.wire import MAX_FRAME_BYTES

MIB = 1 << 20
ENDS: list[Callable[[Path], object]] = [RingWriter, GatingReader, OverrunnableReader]


@pytest.fixture
def ring(ring_path: Path) -> Path:
    """Give the path of a ring of three small slots."""
    RingWriter.create(ring_path, 3, frame_bytes()).close()
    return ring_path


def write_word(path: Path, word: int, number: int) -> None:
    with path.open("r+b") as file:
        file.seek(word * WORD_BYTES)
        file.write(number.to_bytes(WORD_BYTES, "little"))


def test_a_ring_is_one_page_of_state_and_slots_of_whole_pages(ring_path: Path) -> None:
    with RingWriter.create(ring_path, 5, 4096) as writer:
        assert (writer.slots, writer.block_bytes) == (5, 8192)  # the tail needs a page of its own
        assert (writer.published, writer.phase) == (0, Phase.LIVE)
    assert ring_path.stat().st_size == STATE_BYTES + 5 * (SLOT_HEADER_BYTES + 8192)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the blocks of a file")
def test_every_byte_of_a_ring_is_allocated(ring: Path) -> None:
    status = ring.stat()
    assert status.st_blocks * 512 >= status.st_size


def test_pixels_begin_on_a_page(ring: Path) -> None:
    with RingWriter(ring) as writer:
        image = writer.claim().pixels((8, 16), "uint16")
        assert image.ctypes.data % disk.PAGE_BYTES == 0
        del image


def test_an_existing_file_is_never_taken_over(ring: Path) -> None:
    with RingWriter(ring) as writer:
        publish(writer, 0)
    before = ring.read_bytes()
    with pytest.raises(RingError, match=r"frames\.ring exists already"):
        RingWriter.create(ring, 3, frame_bytes())
    assert ring.read_bytes() == before


@pytest.mark.parametrize(
    ("slots", "size"),
    [(1, 100), (0, 100), (-1, 100), (4, 0), (4, -1), (4, MAX_FRAME_BYTES + 1), (4, 1 << 70)],
)
def test_a_ring_has_two_slots_or_more_that_hold_a_frame(
    ring_path: Path, slots: int, size: int
) -> None:
    with pytest.raises(RingError, match=f"2 slots or more of 1 to .* not {slots} of {size}"):
        RingWriter.create(ring_path, slots, size)
    assert not ring_path.exists()


def test_a_folder_that_is_not_there_is_named_with_the_cure(ring_path: Path) -> None:
    missing = ring_path.parent / "none" / "frames.ring"
    with pytest.raises(RingError, match=r"none.frames\.ring.*set ring\.directory"):
        RingWriter.create(missing, 2, 100)


@pytest.mark.parametrize("slots", [1 << 32, 1 << 40])
def test_a_ring_larger_than_any_disk_is_refused_and_leaves_no_file(
    ring_path: Path, slots: int
) -> None:
    with pytest.raises(RingError, match=rf"no room for a ring of {slots} frames .*ring\.slots"):
        RingWriter.create(ring_path, slots, MAX_FRAME_BYTES)
    assert not ring_path.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 8 MiB."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if sys.platform == "win32" or mount is None or umount is None or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs Linux and root")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"this machine does not let root mount: {mounted.stderr.strip()}")
    yield folder
    subprocess.run([umount, folder], check=True)


def test_a_full_disk_refuses_the_ring_before_it_is_mapped(small_disk: Path) -> None:
    path = small_disk / "frames.ring"
    with pytest.raises(RingError, match=r"no room for a ring of 16 frames \(17 MB\)") as caught:
        RingWriter.create(path, 16, MIB)
    assert "ring.slots or ring.directory" in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    assert list(small_disk.iterdir()) == []
    with RingWriter.create(path, 4, MIB) as writer:  # and what it took is free again
        assert publish(writer, 0)


def test_a_ring_that_fills_the_disk_can_be_written_to_its_last_byte(small_disk: Path) -> None:
    with RingWriter.create(small_disk / "frames.ring", 7, MIB) as writer:
        for _ in range(7):
            slot = writer.claim()
            slot.block[:] = b"\xff" * len(slot.block)
            writer._file.set_lock_word(slot.ticket, 2 * slot.ticket + 2)
            writer._file.set_word(PUBLISHED_WORD, slot.ticket + 1)
            del slot
        assert disk.free_bytes(small_disk) < MIB


@pytest.mark.parametrize("end", ENDS)
def test_a_missing_ring_is_refused(ring_path: Path, end: Callable[[Path], object]) -> None:
    with pytest.raises(RingError, match=r"cannot map the ring .*frames\.ring"):
        end(ring_path)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "cannot map the ring", id="empty"),
        pytest.param(b"livecare", "is not a livecare ring", id="a word"),
        pytest.param(b"abc", "is not a livecare ring", id="less than a word"),
        pytest.param(bytes(100_000), "is not a livecare ring", id="zeros"),
        pytest.param(b"II*\0" + bytes(9000), "is not a livecare ring", id="a TIFF"),
    ],
)
def test_another_file_is_refused(
    ring_path: Path, end: Callable[[Path], object], content: bytes, words: str
) -> None:
    ring_path.write_bytes(content)
    with pytest.raises(RingError, match=words):
        end(ring_path)
    assert ring_path.read_bytes() == content


@pytest.mark.parametrize(
    ("word", "number", "words"),
    [
        pytest.param(MAGIC_WORD, 0, "is not a livecare ring", id="magic"),
        pytest.param(LAYOUT_WORD, 2, "ring of layout 2, this livecare reads 1", id="layout"),
        pytest.param(SLOTS_WORD, 0, "which is not 0 slots of 4096: make it anew", id="no slots"),
        pytest.param(SLOTS_WORD, 4, "which is not 4 slots of 4096: make it anew", id="slots"),
        pytest.param(SLOTS_WORD, 2**64 - 1, "make it anew", id="endless slots"),
        pytest.param(BLOCK_BYTES_WORD, 0, "which is not 3 slots of 0: make it anew", id="no block"),
        pytest.param(BLOCK_BYTES_WORD, 2**63, "make it anew", id="endless block"),
    ],
)
def test_a_damaged_state_page_is_refused(ring: Path, word: int, number: int, words: str) -> None:
    write_word(ring, word, number)
    with pytest.raises(RingError, match=words):
        OverrunnableReader(ring)


def test_slots_that_are_not_whole_pages_are_refused(ring_path: Path) -> None:
    RingWriter.create(ring_path, 3, 8000).close()
    write_word(ring_path, SLOTS_WORD, 6)
    write_word(ring_path, BLOCK_BYTES_WORD, 2048)  # the length of the file would be right
    with pytest.raises(RingError, match="is not 6 slots of 2048"):
        OverrunnableReader(ring_path)


def test_slots_without_room_are_refused_although_the_length_is_right(ring_path: Path) -> None:
    RingWriter.create(ring_path, 2, 4000).close()
    write_word(ring_path, SLOTS_WORD, 4)
    write_word(ring_path, BLOCK_BYTES_WORD, 0)
    with pytest.raises(RingError, match="is not 4 slots of 0"):
        OverrunnableReader(ring_path)


def test_no_slots_at_all_are_refused_although_the_length_is_right(ring_path: Path) -> None:
    RingWriter.create(ring_path, 2, 100).close()
    write_word(ring_path, SLOTS_WORD, 0)
    os.truncate(ring_path, STATE_BYTES)
    with pytest.raises(RingError, match="is not 0 slots"):
        OverrunnableReader(ring_path)


@pytest.mark.parametrize("change", [-1, 1, -SLOT_HEADER_BYTES, SLOT_HEADER_BYTES])
def test_a_truncated_or_grown_file_is_refused(ring: Path, change: int) -> None:
    os.truncate(ring, ring.stat().st_size + change)
    with pytest.raises(RingError, match="make it anew"):
        GatingReader(ring)


def test_a_refused_file_is_let_go_at_once(ring: Path) -> None:
    write_word(ring, MAGIC_WORD, 0)
    with pytest.raises(RingError) as caught:
        RingWriter(ring)
    ring.unlink()  # which Windows refuses as long as it is mapped, error or not
    assert caught.value is not None


def test_a_phase_that_there_is_not_is_damage(ring: Path) -> None:
    with OverrunnableReader(ring) as reader:
        write_word(ring, PHASE_WORD, 7)
        with pytest.raises(RingError, match="there is no phase 7"):
            _ = reader.phase


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is mapped")
def test_a_ring_stays_whole_for_those_who_hold_it_when_its_file_is_removed(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        ring.unlink()
        assert publish(writer, 0)
        assert gate.peek() is not None


def test_closing_is_harmless_twice_and_with_a_slot_still_held(ring: Path) -> None:
    writer = RingWriter(ring)
    slot = writer.claim()
    image = slot.pixels((8, 16), "uint16")
    image[:] = 5
    writer.close()
    writer.close()
    assert (image == 5).all()


def test_two_slots_of_one_byte_make_the_smallest_ring(ring_path: Path) -> None:
    with RingWriter.create(ring_path, 2, 1) as writer:
        assert publish(writer, 0, (1, 1))
