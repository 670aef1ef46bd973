"""Images as they appear in a folder."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile
from contracts.source import SourceContract
from fake_clock import FakeClock
from follow_reading import record
from ndtiff_writers import frame
from starting import read_first, start
from watched_files import Watch, put, put_part, save

from livecare.frame import Position
from livecare.sources.folder_watch import FolderWatchSettings, FolderWatchSource
from livecare.sources.protocol import Arrival, FrameSource, NoFrame


class TestContract(SourceContract):
    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        for number in range(30):
            path = tmp_path / f"t{number}.tif"
            save(path, number)
            os.utime(path, ns=(0, 10**18 + number * 20_000_000))

    def make(self, frames: int | None) -> FrameSource:
        return FolderWatchSource(FolderWatchSettings(self.folder, frames=frames))


def test_existing_files_come_first_in_the_order_of_people(folder: Path, watch: Watch) -> None:
    for number, name in enumerate(("b2.tif", "b10.tif", "a.TIF", "c.tiff")):
        put(folder, name, number)
    for other in ("notes.txt", ".hidden.tif", "b3.tif.part"):
        (folder / other).write_bytes(b"no image")
    (folder / "sub.tif").mkdir()
    source, stream = watch(idle_s=5.0)
    late = iter([("b1.tif", 4), ("d.tif", 5)])

    def add_another(_: int) -> None:
        for name, number in late:
            put(folder, name, number)
            break

    found = record(source, stream, waiting=add_another)
    assert [at.t for at in found.frames] == list(range(6))
    for at, number in zip(found.frames, (2, 0, 1, 3, 4, 5), strict=True):
        np.testing.assert_array_equal(found.frames[at], frame(number))
    assert stream.source == "folder-watch: in"
    assert source.why_lost is None


def test_existing_files_can_be_left_alone(folder: Path, watch: Watch) -> None:
    put(folder, "old.tif", 0)

    class Scope(FakeClock):
        def wait(self, stopped: threading.Event, timeout_s: float) -> None:
            super().wait(stopped, timeout_s)
            if self.waits == 2:
                put(folder, "new.tif", 1)

    source, stream = watch(Scope(), existing=False, frames=1)
    found = record(source, stream)
    np.testing.assert_array_equal(found.frames[Position(0)], frame(1))


@pytest.mark.skipif(os.name != "posix", reason="Windows does not tell that a file was renamed")
def test_a_file_renamed_into_place_is_taken_at_once(folder: Path, watch: Watch) -> None:
    put(folder, "a.tif", 0)
    clock = FakeClock()
    source, stream = watch(clock, settle_s=100.0)
    assert clock.waits == 0
    pixels = read_first(source, stream)
    put(folder, "b.tif", 1)
    clock.pass_s(1.0)  # the folder is not listed without a pause
    assert isinstance(source.read_into(pixels, 0), Arrival)
    np.testing.assert_array_equal(pixels, frame(1))


def test_a_file_written_in_place_must_settle(folder: Path, watch: Watch) -> None:
    put(folder, "a.tif", 0)
    source, stream = watch(settle_s=0.5)
    pixels = read_first(source, stream)
    save(folder / "b.tif", 1)
    assert source.read_into(pixels, 0.4) is NoFrame.WAITING
    assert isinstance(source.read_into(pixels, 0.4), Arrival)
    np.testing.assert_array_equal(pixels, frame(1))


def test_never_a_file_that_is_half_written(folder: Path, watch: Watch) -> None:
    put(folder, "a.tif", 0)
    source, stream = watch(settle_s=0.1)
    pixels = read_first(source, stream)
    content = save(folder / "b", 1)
    path = folder / "b.tif"
    for cut in (0, 4, 100, len(content) // 2, len(content) - 1):
        with path.open("wb") as stream_out:  # it stays so for longer than it takes to settle
            stream_out.write(content[:cut])
        assert source.read_into(pixels, 1.0) is NoFrame.WAITING, cut
    path.write_bytes(content)
    assert isinstance(source.read_into(pixels, 1.0), Arrival)
    np.testing.assert_array_equal(pixels, frame(1))


def test_a_file_that_is_filled_with_zeros_beforehand(folder: Path, watch: Watch) -> None:
    put(folder, "a.tif", 0)
    source, stream = watch(settle_s=0.3)
    pixels = read_first(source, stream)
    content = save(folder / "b", 1)
    path = folder / "b.tif"
    start = 400  # where the pixels are not yet
    path.write_bytes(content[:start] + bytes(len(content) - start))
    with path.open("r+b", buffering=0) as growing:
        growing.seek(start)
        for at in range(start, len(content), 300):
            growing.write(content[at : at + 300])
            os.utime(path, ns=(0, 10**18 + at))  # a clock may be coarser than this loop
            os.utime(path)
            assert source.read_into(pixels, 0) is NoFrame.WAITING
    assert isinstance(source.read_into(pixels, 1.0), Arrival)
    np.testing.assert_array_equal(pixels, frame(1))


def test_a_file_that_stays_broken_is_named_and_counted(folder: Path, watch: Watch) -> None:
    for number in range(3):
        put(folder, f"t{number}.tif", number)
    content = (folder / "t1.tif").read_bytes()
    (folder / "t1.tif").write_bytes(content[:-9])
    source, stream = watch(idle_s=30.0, broken_s=5.0)
    found = record(source, stream)
    assert [arrival.position.t for arrival in found.arrivals] == [0, 1]
    np.testing.assert_array_equal(found.frames[Position(1)], frame(2))
    assert source.lost_at_end == 1
    assert "1 files" in source.why_lost
    assert "t1.tif" in source.why_lost


def test_a_file_that_stays_empty_holds_up_no_others(folder: Path, watch: Watch) -> None:
    put(folder, "t0.tif", 0)
    (folder / "t1.tif").touch()
    put(folder, "t2.tif", 2)
    source, stream = watch(idle_s=30.0, broken_s=5.0)
    found = record(source, stream)
    np.testing.assert_array_equal(found.frames[Position(1)], frame(2))
    assert source.lost_at_end == 1
    assert "t1.tif" in source.why_lost


def test_a_broken_file_that_is_mended_comes_after_all(folder: Path, watch: Watch) -> None:
    for number in range(3):
        put(folder, f"t{number}.tif", number)
    content = (folder / "t1.tif").read_bytes()
    (folder / "t1.tif").write_bytes(content[:-9])
    source, stream = watch(idle_s=30.0, broken_s=5.0)

    def mend(at: Arrival) -> None:
        if at.camera_index == 1:
            (folder / "t1.tif").write_bytes(content)

    found = record(source, stream, after=mend)
    assert len(found.frames) == 3
    np.testing.assert_array_equal(found.frames[Position(2)], frame(1))
    assert (source.why_lost, source.lost_at_end) == (None, 0)


def test_another_shape_is_another_epoch(folder: Path, watch: Watch) -> None:
    kinds = [{}, {"size": (10, 12)}, {"size": (10, 12), "dtype": "uint8"}]
    for number in range(6):
        put(folder, f"t{number}.tif", number, **kinds[number // 2])
    source, stream = watch(frames=6)
    found = record(source, stream)
    assert [sorted(at.t for at in epoch) for epoch in found.epochs] == [[0, 1]] * 3
    assert [each.shape_yx for each in found.streams] == [(24, 32), (10, 12), (10, 12)]
    assert [each.dtype for each in found.streams] == ["uint16", "uint16", "uint8"]
    assert [each.expected_frames for each in found.streams] == [6, 4, 2]
    np.testing.assert_array_equal(found.epochs[2][Position(1)], frame(5, (10, 12), "uint8"))


def test_files_of_several_images(folder: Path, watch: Watch) -> None:
    planes = np.stack([frame(number) for number in range(6)]).reshape(2, 3, 24, 32)
    for number in range(2):
        tifffile.imwrite(folder / "part", planes[number], imagej=True, metadata={"axes": "ZYX"})
        (folder / "part").rename(folder / f"t{number}.tif")
    source, stream = watch(idle_s=5.0)
    assert stream.size_z == 3
    found = record(source, stream)
    for t, z in np.ndindex(2, 3):
        np.testing.assert_array_equal(found.frames[Position(t, 0, z)], planes[t, z])


SET = [f"s{t}.ome.tif" for t in range(3)]


def test_a_recording_in_several_files_is_given_once(folder: Path, watch: Watch) -> None:
    for t, name in enumerate(SET):
        put_part(folder, name, t, SET)
    put(folder, "t.tif", 3)
    source, stream = watch(idle_s=5.0)
    found = record(source, stream)
    assert len(found.arrivals) == 4
    for at in range(4):
        np.testing.assert_array_equal(found.frames[Position(at)], frame(at))
    assert (source.why_lost, source.lost_at_end) == (None, 0)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_recording_in_several_files_is_waited_for(
    folder: Path, watch: Watch, order: tuple[int, ...]
) -> None:
    put(folder, "a.tif", 8)
    clock = FakeClock()
    source, stream = watch(clock, idle_s=30.0, broken_s=1.0)
    later = iter([*order, None])

    def write_next(_: int) -> None:
        t = next(later, None)
        if t is not None:
            put_part(folder, SET[t], t, SET)
        if t == order[1]:
            put(folder, "z.tif", 9)
        clock.pass_s(20.0)  # longer than broken_s, and in all longer than idle_s

    found = record(source, stream, waiting=write_next)
    given = [8, 9, 0, 1, 2]
    assert [at.t for at in found.frames] == list(range(5))
    for at, number in zip(found.frames, given, strict=True):
        np.testing.assert_array_equal(found.frames[at], frame(number))
    assert (source.why_lost, source.lost_at_end) == (None, 0)


def test_the_files_of_a_recording_rest_together(folder: Path, watch: Watch) -> None:
    put(folder, "a.tif", 8)
    source, stream = watch(idle_s=30.0, broken_s=5.0)
    pixels = read_first(source, stream)
    for t, name in enumerate(SET):
        put_part(folder, name, t, SET)
    content = (folder / SET[2]).read_bytes()
    for kept in range(1, 9):  # for longer than broken_s in all
        (folder / SET[2]).write_bytes(content[: kept * len(content) // 9])
        assert source.read_into(pixels, 1.0) is NoFrame.WAITING
    (folder / SET[2]).write_bytes(content)
    assert len(record(source, stream).frames) == 3
    assert (source.why_lost, source.lost_at_end) == (None, 0)


def test_the_old_name_of_a_renamed_file_is_free(folder: Path, watch: Watch) -> None:
    for number in range(2):  # both were written under one name
        put_part(folder, f"t{number}.ome.tif", 0, ["image.ome.tif"])
    put_part(folder, "image.ome.tif", 0, ["image.ome.tif"])
    source, stream = watch(idle_s=5.0)
    assert len(record(source, stream).frames) == 3


def test_a_file_that_is_cut_while_its_frames_are_given_does_not_end_the_run(
    folder: Path, watch: Watch
) -> None:
    pages = np.stack([frame(number) for number in range(4)])
    tifffile.imwrite(folder / "part", pages, photometric="minisblack")
    (folder / "part").rename(folder / "a.tif")
    put(folder, "b.tif", 9)
    source, stream = watch(frames=3)
    found = record(
        source,
        stream,
        after=lambda at: at.camera_index == 1 and os.truncate(folder / "a.tif", 200),
    )
    assert list(found.frames) == [Position(0), Position(1), Position(4)]
    np.testing.assert_array_equal(found.frames[Position(4)], frame(9))
    assert "a.tif" in source.why_lost


def test_a_thread_writes_while_it_is_watched(folder: Path) -> None:
    def write() -> None:
        for number in range(40):
            content = save(folder / f"hold{number}", number)
            with (folder / f"t{number}.tif").open("wb", buffering=0) as growing:
                for at in range(0, len(content), 700):
                    growing.write(content[at : at + 700])

    thread = threading.Thread(target=write)
    thread.start()
    settings = FolderWatchSettings(folder, frames=40, settle_s=0.05)
    source, stream = start(FolderWatchSource(settings))
    found = record(source, stream)
    source.close()
    thread.join()
    expected = {frame(number).tobytes() for number in range(40)}
    assert {pixels.tobytes() for pixels in found.frames.values()} == expected
