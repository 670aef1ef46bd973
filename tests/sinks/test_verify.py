"""Damage done on purpose to a good recording is found and named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from store_frames import content_of, make_info, record

from livecare.disk import PAGE_BYTES
from livecare.errors import StoreDamagedError, StoreError
from livecare.frame import Ledger, Position
from livecare.sinks.checked_line import seal
from livecare.sinks.frame_line import FrameLine, decode
from livecare.sinks.index import ShardIndex
from livecare.sinks.layout import lines_path
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.verify import verify

FRAMES = 12
SLOTS = 4
SECOND_SHARD = "raw/0/c/1/0/0/0/0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    options = StoreOptions(shard_frames=SLOTS)
    return record(tmp_path / "s", make_info(), FRAMES, options, restored=FRAMES)


def flip(file: Path, offset: int) -> None:
    content = bytearray(file.read_bytes())
    content[offset] ^= 0x10
    file.write_bytes(content)


def flip_a_pixel(path: Path) -> None:
    place = list(StoreReader(path).lines("raw"))[6].place
    flip(path / place.shard, place.offset + 100)


def flip_a_checksum(path: Path) -> None:
    place = list(StoreReader(path).lines("raw"))[6].place
    flip(path / place.shard, place.offset + place.nbytes - 1)


def flip_an_index(path: Path) -> None:
    flip(path / SECOND_SHARD, 20)


def change_an_index(path: Path) -> None:
    """Point two frames at each other's pixels, checksum and all."""
    with (path / SECOND_SHARD).open("r+b") as file:
        index = ShardIndex.from_page(file.read(PAGE_BYTES), SLOTS)
        one, other = index.get(1), index.get(2)
        assert one
        assert other
        index.put(1, *other)
        index.put(2, *one)
        file.seek(0)
        file.write(index.page())


def drop_an_index_entry(path: Path) -> None:
    with (path / SECOND_SHARD).open("r+b") as file:
        index = ShardIndex.from_page(file.read(PAGE_BYTES), SLOTS)
        index.clear(2)
        file.seek(0)
        file.write(index.page())


def flip_a_line(path: Path) -> None:
    file = lines_path(path, "raw")
    lines = file.read_bytes().splitlines(keepends=True)
    flip(
        file,
        sum(map(len, lines[:6])) + lines[6].index(b"camera_time_ns") + len("camera_time_ns") + 3,
    )


def tear_the_last_line(path: Path) -> None:
    file = lines_path(path, "raw")
    file.write_bytes(file.read_bytes()[:-1])


def delete_a_line(path: Path) -> None:
    file = lines_path(path, "raw")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:6] + lines[7:]))


def repeat_a_line(path: Path) -> None:
    file = lines_path(path, "raw")
    file.write_bytes(file.read_bytes() + file.read_bytes().splitlines(keepends=True)[6])


def cut_a_shard(path: Path) -> None:
    content = (path / SECOND_SHARD).read_bytes()
    (path / SECOND_SHARD).write_bytes(content[: PAGE_BYTES * 3 + 10])


def delete_a_shard(path: Path) -> None:
    (path / SECOND_SHARD).unlink()


def shorten_the_array(path: Path) -> None:
    file = path / "raw/0/zarr.json"
    document = json.loads(file.read_text())
    document["shape"][0] = FRAMES - 1
    file.write_text(json.dumps(document))


def place_two_frames_at_one(path: Path) -> None:
    """Have frame 7 say that it lies where frame 6 does, checksum and all."""
    file = lines_path(path, "raw")
    lines = file.read_bytes().splitlines(keepends=True)
    one, other = (json.loads(line) for line in lines[6:8])
    moved = {**one, "sequence": other["sequence"]}
    del moved["line_crc32c"]
    lines[7] = seal(json.dumps(moved, separators=(",", ":")).encode())
    file.write_bytes(b"".join(lines))


def change_the_ledger(path: Path) -> None:
    file = path / "zarr.json"
    document = json.loads(file.read_text())
    document["attributes"]["livecare"]["ledger"]["recorded"] = FRAMES - 1
    file.write_text(json.dumps(document))


def leave_a_file(path: Path) -> None:
    (path / "raw/zarr.json.partial").write_text("{")


def empty_the_progress(path: Path) -> None:
    (path / "livecare/ledger.json").unlink()


def change_attributes(file: Path, old: str, new: str) -> None:
    content = file.read_text()
    assert old in content
    file.write_text(content.replace(old, new))


def forget_an_image(path: Path) -> None:
    change_attributes(path / "OME/zarr.json", '"raw",', "")


def mistake_a_channel(path: Path) -> None:
    change_attributes(path / "restored/zarr.json", "channel 0", "GFP")


def mistake_a_lane(path: Path) -> None:
    change_attributes(path / "restored/zarr.json", '"name": "restored"', '"name": "raw"')


def delete_the_metadata_of_an_image(path: Path) -> None:
    (path / "raw/zarr.json").unlink()


DAMAGES = [
    (flip_a_pixel, "raw frame 6: its pixels do not match their checksum"),
    (flip_a_checksum, "raw frame 6: its pixels do not match their checksum"),
    (flip_an_index, "index does not match its checksum; raw frames in it: 4-7"),
    (change_an_index, "raw frame 5: raw/0/c/1/0/0/0/0 should have"),
    (drop_an_index_entry, "raw frame 6: .* its index says nothing"),
    (flip_a_line, "raw line 7, after frame 5: the line does not match its checksum"),
    (tear_the_last_line, "raw line 12, after frame 10: the line has no end"),
    (delete_a_line, r"raw: the frame at t=6, c=0, z=0, p=0 has no line"),
    (repeat_a_line, "raw frame 6: two lines have this number"),
    (cut_a_shard, "raw frame 6: raw/0/c/1/0/0/0/0 ends before the frame does"),
    (delete_a_shard, "raw/0/c/1/0/0/0/0: the shard is missing; raw frames in it: 4-7"),
    (shorten_the_array, "raw/0: the array has 11 time points, the frames 12"),
    (place_two_frames_at_one, "raw frame 7: another line has the same t=6, c=0, z=0, p=0"),
    (change_the_ledger, "is called complete, and its ledger says that it is not"),
    (change_the_ledger, "it says recorded 11, 12 are there"),
    (forget_an_image, r"OME/zarr.json says images 'restored', .*'raw', 'restored'; run .*recover"),
    (mistake_a_channel, r"restored/zarr.json says channels 'GFP', zarr.json 'channel 0'; run"),
    (mistake_a_lane, r"restored/zarr.json says name 'raw', zarr.json 'restored'; run"),
    (delete_the_metadata_of_an_image, r"raw/zarr.json cannot be read .*; run .*recover"),
    (leave_a_file, "raw/zarr.json.partial is left over"),
    (empty_the_progress, "ledger.json cannot be read"),
]


@pytest.mark.parametrize(("damage", "told"), DAMAGES)
def test_damage_is_found(path: Path, damage: Callable[[Path], None], told: str) -> None:
    damage(path)
    verification = verify(path)
    assert not verification.sound
    assert not verification.ok
    assert not verification.complete
    with pytest.raises(StoreDamagedError, match=told):
        verification.require_sound()


def test_a_good_recording_is_complete(path: Path) -> None:
    verification = verify(path)
    verification.require_sound()
    assert verification.ok
    assert verification.complete
    assert verification.ledger == Ledger(FRAMES, FRAMES, FRAMES)
    assert str(verification).splitlines()[1:] == ["  raw: 12 frames", "  restored: 12 frames"]


def test_frames_that_were_not_restored_are_listed(tmp_path: Path) -> None:
    path = record(tmp_path / "s", make_info(), FRAMES, restored=9)
    verification = verify(path)
    assert verification.complete
    assert "restored: 9 frames, 3 missing: 9-11" in str(verification)


def test_endless_damage_is_counted(path: Path) -> None:
    lines = lines_path(path, "raw")
    lines.write_bytes(lines.read_bytes() + b"{}\n" * 500)
    assert verify(path).problems[-1].startswith("and ")


CONTRADICTIONS = [
    forget_an_image,
    mistake_a_channel,
    mistake_a_lane,
    delete_the_metadata_of_an_image,
]


@pytest.mark.parametrize("damage", CONTRADICTIONS)
def test_metadata_are_mended_and_the_recording_stays_complete(
    path: Path, damage: Callable[[Path], None]
) -> None:
    before = content_of(path)
    damage(path)
    recovery = recover(path)
    assert len(recovery.mended) == 1
    assert content_of(path) == before
    assert verify(path).complete
    assert recover(path).mended == ()


def test_what_another_program_says_of_display_and_pixel_size_is_no_damage(path: Path) -> None:
    change_attributes(path / "raw/zarr.json", "FFFFFF", "123456")
    change_attributes(path / "raw/zarr.json", "0.108", "0.11")
    before = content_of(path)
    assert verify(path).complete
    recover(path)
    assert content_of(path) == before


@pytest.mark.parametrize("damage", [flip_a_pixel, cut_a_shard])
def test_a_damaged_frame_is_not_read(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path)
    with pytest.raises(StoreDamagedError, match=r"raw/0/c/1/.*t=6"):
        StoreReader(path).read("raw", Position(6))


def test_a_damaged_line_stops_the_reader(path: Path) -> None:
    flip_a_line(path)
    with pytest.raises(StoreDamagedError, match="line 7"):
        list(StoreReader(path).lines("raw"))


def test_a_damaged_array_is_named(path: Path) -> None:
    (path / "raw/0/zarr.json").write_text("{")
    with pytest.raises(StoreError, match=r"raw/0/zarr\.json"):
        verify(path)


def test_any_flipped_byte_of_a_line_is_noticed(path: Path) -> None:
    encoded = next(iter(StoreReader(path).lines("raw"))).encode()
    assert isinstance(decode(encoded), FrameLine)
    for place in range(len(encoded)):
        changed = bytearray(encoded)
        changed[place] ^= 0x01
        assert not isinstance(decode(bytes(changed)), FrameLine)
