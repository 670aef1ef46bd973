"""Each way in which an interruption can leave a recording, and what becomes of it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from store_frames import (
    append,
    content_of,
    make_info,
    make_pixels,
    positions,
    record,
    restored_pixels,
)

from livecare.disk import PAGE_BYTES
from livecare.errors import StoreError
from livecare.frame import Position
from livecare.sinks.frame_line import FrameLine, FramePlace
from livecare.sinks.index import ShardIndex
from livecare.sinks.layout import ledger_path, lines_path
from livecare.sinks.line_file import FoundLine
from livecare.sinks.options import StoreOptions
from livecare.sinks.progress import LaneProgress, Progress
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

FRAMES = 11
INFO = make_info()
SLOTS = 4
FIRST_SHARD = "raw/0/c/0/0/0/0/0"
LAST_SHARD = "raw/0/c/2/0/0/0/0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of 11 raw and 6 restored frames, four to a shard, that nobody finished."""
    options = StoreOptions(shard_frames=SLOTS)
    return record(tmp_path / "s", INFO, FRAMES, options, restored=6, finish=False)


def tear_a_line(path: Path) -> None:
    file = lines_path(path, "raw")
    file.write_bytes(file.read_bytes()[:-9])


def lose_the_last_line(path: Path) -> None:
    file = lines_path(path, "raw")
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))


def garble_a_line(path: Path) -> None:
    file = lines_path(path, "raw")
    lines = file.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"t":4', b'"t":5')
    file.write_bytes(b"".join(lines))


def lose_all_lines(path: Path) -> None:
    lines_path(path, "raw").unlink()
    lines_path(path, "restored").write_bytes(b"")


def lose_an_index_entry(path: Path) -> None:
    with (path / LAST_SHARD).open("r+b") as file:
        index = ShardIndex.from_page(file.read(PAGE_BYTES), SLOTS)
        index.clear(2)
        file.seek(0)
        file.write(index.page())


def garble_an_index(path: Path) -> None:
    with (path / FIRST_SHARD).open("r+b") as file:
        file.seek(5)
        file.write(b"\x77")


def empty_an_index(path: Path) -> None:
    with (path / LAST_SHARD).open("r+b") as file:
        file.write(bytes(PAGE_BYTES))


def reserve_ahead(path: Path) -> None:
    with (path / LAST_SHARD).open("ab") as file:
        file.write(bytes(5 * PAGE_BYTES))


def leave_an_unfinished_file(path: Path) -> None:
    (path / "raw/0/c/3/0/0/0").mkdir(parents=True)
    (path / "raw/0/c/3/0/0/0/0.partial").write_bytes(b"half")


def garble_the_ledger(path: Path) -> None:
    ledger_path(path).write_bytes(b"{")


def nothing(path: Path) -> None:
    assert path.exists()


HARMS = [
    tear_a_line,
    lose_the_last_line,
    garble_a_line,
    lose_all_lines,
    lose_an_index_entry,
    garble_an_index,
    empty_an_index,
    reserve_ahead,
    leave_an_unfinished_file,
    garble_the_ledger,
    nothing,
]


@pytest.mark.parametrize("harm", HARMS)
def test_every_frame_survives(path: Path, harm: Callable[[Path], None]) -> None:
    harm(path)
    assert not verify(path).ok
    recovery = recover(path)
    assert recovery.mended[-1] == "closed as incomplete"
    verification = verify(path)
    assert verification.sound, str(verification)
    assert (verification.raw_frames, verification.restored_frames) == (FRAMES, 6)
    assert not verification.raw_holes
    assert verification.ledger == recovery.ledger
    store = StoreReader(path)
    assert {line.position.t: line.sequence for line in store.lines("raw")} == {
        t: t for t in range(FRAMES)
    }
    for t in range(FRAMES):
        raw = make_pixels(t, INFO.shape_yx, INFO.dtype)
        np.testing.assert_array_equal(store.read("raw", Position(t)), raw)
        if t < 6:
            restored = restored_pixels(raw, INFO.dtype)
            np.testing.assert_array_equal(store.read("restored", Position(t)), restored)
    before = content_of(path)
    assert recover(path).mended == ()
    assert content_of(path) == before


def place_of(found: FoundLine) -> FramePlace:
    assert isinstance(found.content, FrameLine)
    return found.content.place


def test_a_lost_line_takes_its_number_from_the_other_lane(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", INFO) as store:
        for sequence, t in ((0, 0), (7, 1)):
            pixels = make_pixels(sequence, INFO.shape_yx, INFO.dtype)
            append(store.raw, sequence, Position(t), pixels)
            append(store.restored, sequence, Position(t), pixels)
    lose_the_last_line(tmp_path / "s")
    assert "raw frame 7: line written for" in str(recover(tmp_path / "s"))
    [_, line] = StoreReader(tmp_path / "s").lines("raw")
    assert line.sequence == 7
    assert line.recovered
    assert line.received_ns is None


def test_a_frame_whose_pixels_never_reached_the_disk_becomes_a_hole(path: Path) -> None:
    lines = list(StoreReader(path).lane("raw").found_lines())
    place = place_of(lines[-1])
    with (path / place.shard).open("r+b") as file:
        file.seek(place.offset)
        file.write(bytes(place.nbytes))
    Progress({"raw": LaneProgress(FRAMES - 2, FRAMES - 1, lines[-1].offset)}).save(path)
    recovery = recover(path)
    assert f"raw line {FRAMES}: dropped" in str(recovery)
    verification = verify(path)
    assert verification.sound, str(verification)
    assert verification.raw_frames == FRAMES - 1
    assert StoreReader(path).read("raw", Position(FRAMES - 1)) is None
    assert recover(path).mended == ()


def test_a_hole_in_the_middle_is_told_by_number(path: Path) -> None:
    lines = list(StoreReader(path).lane("raw").found_lines())
    place = place_of(lines[4])
    with (path / place.shard).open("r+b") as file:
        file.seek(place.offset)
        file.write(bytes(place.nbytes))
    Progress().save(path)
    recovery = recover(path)
    verification = verify(path)
    assert verification.sound, str(verification)
    assert "raw: 10 frames, 1 missing: 4" in str(verification)
    assert recovery.ledger is not None
    assert (recovery.ledger.acquired, recovery.ledger.failed) == (FRAMES, 1)


def test_a_finished_recording_is_left_alone(tmp_path: Path) -> None:
    path = record(tmp_path / "s", INFO, 5, restored=5)
    before = content_of(path)
    recovery = recover(path)
    assert recovery.mended == ()
    assert "nothing to mend" in str(recovery)
    assert content_of(path) == before
    assert verify(path).complete


def test_a_finished_recording_that_needed_mending_is_incomplete(tmp_path: Path) -> None:
    path = record(tmp_path / "s", INFO, 5, restored=5)
    lose_the_last_line(path)
    assert "raw frame 4: line written" in str(recover(path))
    verification = verify(path)
    assert verification.sound
    assert verification.state == "incomplete"


def test_a_store_that_is_being_written_is_refused(tmp_path: Path) -> None:
    with (
        Store.create(tmp_path / "s", INFO),
        pytest.raises(StoreError, match="is being written by process"),
    ):
        recover(tmp_path / "s")


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zarr.json").write_text(json.dumps({"attributes": {}}))
    with pytest.raises(StoreError, match="not a livecare store"):
        recover(tmp_path)
    with pytest.raises(StoreError, match="not a livecare store"):
        verify(tmp_path / "nowhere")


def test_several_positions_are_recovered(tmp_path: Path) -> None:
    info = make_info(channels=2, size_z=2, positions=3)
    path = record(tmp_path / "s", info, 30, restored=17, finish=False)
    recover(path)
    store = StoreReader(path)
    for sequence, at in zip(range(30), positions(info), strict=False):
        expected = make_pixels(sequence, info.shape_yx, info.dtype)
        np.testing.assert_array_equal(store.read("raw", at), expected)
    assert verify(path).sound
