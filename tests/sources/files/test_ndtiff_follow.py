"""Data sets that are followed while Micro-Manager's own writer writes them."""

import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from contracts.source import SourceContract
from fake_clock import FakeClock
from follow_reading import Recorded, record
from followed import Follow, Java
from ndtiff_writers import JavaWriter, frame
from starting import read_first

from livecare.frame import Position
from livecare.images import open_images
from livecare.sources.ndtiff_follow import NDTiffFollowSettings, NDTiffFollowSource
from livecare.sources.protocol import FrameSource, NoFrame


class TestContract(SourceContract):
    @pytest.fixture(autouse=True)
    def _data_sets(self, tmp_path: Path) -> Iterator[None]:
        self.folder = tmp_path / "acquisition"
        writer = JavaWriter(self.folder)
        for t in range(40):
            writer.put({"time": t}, frame(t), **{"ElapsedTime-ms": 20 * t})
        yield
        writer.finish()

    def make(self, frames: int | None) -> FrameSource:
        return NDTiffFollowSource(NDTiffFollowSettings(self.folder, frames=frames))


class TestSamples:
    """The recorded data sets of Micro-Manager."""

    @pytest.mark.parametrize(
        "name", ["ndtiffv2.0_test", "12_bit_pycromanager_mda", "ndtiff3.2_multichannel"]
    )
    def test_all_comes_as_the_reader_of_finished_data_sets_has_it(
        self, recorded_data: Path, name: str, follow: Follow
    ) -> None:
        folder = recorded_data / "formats" / "ndtiff" / name
        source, stream = follow(folder, FakeClock())
        found = record(source, stream)
        assert source.problem is None
        last = found.streams[-1]
        with open_images(folder) as images:
            assert last.channels == images.channels == ("DAPI", "FITC")
            assert last.positions == images.positions
            assert last.pixel_size_um == images.pixel_size_um == 1.0
            assert last.size_z == images.shape[2]
            assert len(found.frames) == np.prod(images.shape[:3])
            for at, pixels in found.frames.items():
                np.testing.assert_array_equal(pixels, images.read(at.t, at.c, at.z, at.p))
        times = [arrival.camera_time_ns for arrival in found.arrivals]
        assert times[0] == 0
        assert times == sorted(times)
        assert last.detail["first_frame"]["Exposure"] == 10


def test_each_frame_comes_before_the_next_is_written(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a")
    writer.put({"time": 0}, frame(0))
    source, stream = follow(tmp_path / "a")
    seen: list[int] = []

    def write_next(frames: int) -> None:
        if frames > len(seen):
            seen.append(frames)
            if frames < 20:
                writer.put({"time": frames}, frame(frames))
            else:
                writer.finish()

    found = record(source, stream, waiting=write_next, timeout_s=0.001)
    assert seen == list(range(1, 21))
    assert list(found.frames) == [Position(t) for t in range(20)]
    assert source.problem is None
    assert all(np.array_equal(pixels, frame(at.t)) for at, pixels in found.frames.items())


@pytest.mark.parametrize("version", [2, 3])
def test_a_thread_writes_several_files_of_all_axes(
    tmp_path: Path, version: int, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a", version=version, file_frames=17)
    order = list(product(range(6), range(2), ("GFP", "RFP"), range(3)))

    def write() -> None:
        for number, (t, p, c, z) in enumerate(order):
            axes = {"z": z, "position": p, "time": t, "channel": c}
            writer.put(dict(reversed(axes.items())) if number % 2 else axes, frame(number))
        writer.finish()

    thread = threading.Thread(target=write)
    thread.start()
    source, stream = follow(tmp_path / "a")
    found = record(source, stream, timeout_s=0.05)
    thread.join()
    last = found.streams[-1]
    assert stream.grows
    assert (last.channels, last.size_z) == (("GFP", "RFP"), 3)
    assert last.positions == ("position 0", "position 1")
    assert (last.z_step_um, last.interval_s, last.pixel_size_um) == (0.5, 0.25, 0.325)
    assert len(found.arrivals) == len(order) == 72
    for number, (t, p, c, z) in enumerate(order):
        at = Position(t, ("GFP", "RFP").index(c), z, p)
        assert found.arrivals[number].position == at
        np.testing.assert_array_equal(found.frames[at], frame(number))


def test_every_later_stream_grew_from_the_one_before(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a")
    for number, axes in enumerate(({"z": 0}, {"z": 2}, {"z": 0, "row": 1}, {"channel": "A"})):
        writer.put({"time": 0, **axes}, frame(number))
    writer.finish()
    source, stream = follow(tmp_path / "a", FakeClock())
    streams = record(source, stream).streams
    assert [(len(each.channels), each.size_z, len(each.positions)) for each in streams] == [
        (1, 1, 1),
        (1, 3, 1),
        (1, 3, 2),
        (2, 3, 2),
    ]
    assert streams[-1].positions == ("position 0", "row 1")


def test_a_frame_is_not_given_while_its_pixels_are_missing(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a")
    writer.put({"time": 0}, frame(0))
    source, stream = follow(tmp_path / "a", FakeClock())
    pixels = read_first(source, stream)
    page, entry = writer.encode({"time": 1}, frame(1))
    for cut in (0, 40, len(page) - 60, len(page) - 1):  # a network drive may show the index first
        writer.write_raw(stack=page[:cut], index=entry)
        assert source.read_into(pixels, 0.05) is NoFrame.WAITING
        writer._stack.seek(-cut, 1)
        writer._index.seek(-len(entry), 1)
    writer.write_raw(stack=page, index=entry)
    assert source.read_into(pixels, 0).position == Position(1)
    np.testing.assert_array_equal(pixels, frame(1))


def test_an_entry_is_not_used_while_it_is_half_written(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a")
    writer.put({"time": 0}, frame(0))
    source, stream = follow(tmp_path / "a", FakeClock())
    pixels = read_first(source, stream)
    entry = writer.put_unlisted({"time": 1, "channel": 0}, frame(1))
    for cut in range(len(entry) - 4):  # the last number is 0 anyway
        if any(entry[cut:-4]):
            writer.write_raw(index=entry[:cut])
            assert source.read_into(pixels, 0) is NoFrame.WAITING, cut
            writer._index.seek(-cut, 1)
    writer.write_raw(index=entry)
    assert source.read_into(pixels, 0).position == Position(1)


def test_frames_come_though_the_index_is_held_back(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a", index_bytes=0, file_frames=3)
    entries = [
        writer.put_unlisted({"time": t}, frame(t), Axes={"time": t}) for t in range(8)
    ]  # in three files
    source, stream = follow(tmp_path / "a", FakeClock())
    pixels = np.empty(stream.shape_yx, stream.dtype)
    for t in range(8):
        assert source.read_into(pixels, 0).position == Position(t)
        np.testing.assert_array_equal(pixels, frame(t))
    assert source.read_into(pixels, 0.2) is NoFrame.WAITING
    writer.write_raw(index=b"".join(entries[:4]) + entries[4][:20])
    assert source.read_into(pixels, 0.2) is NoFrame.WAITING, "they came before"
    writer.write_raw(index=entries[4][20:] + b"".join(entries[5:]))
    assert source.read_into(pixels, 0.2) is NoFrame.WAITING, "they came before"
    writer.put({"time": 8}, frame(8), Axes={"time": 8})
    assert source.read_into(pixels, 0).position == Position(8)
    page, entry = writer.encode({"time": 9}, frame(9), Axes={"time": 9})
    for cut in (1, 30, 200, len(page) - 20, len(page) - 1):
        writer.write_raw(stack=page[:cut])
        assert source.read_into(pixels, 0) is NoFrame.WAITING, cut
        writer._stack.seek(-cut, 1)
    writer.write_raw(stack=page, index=entry)
    assert source.read_into(pixels, 0).position == Position(9)
    writer.finish()
    assert source.read_into(pixels, 2.0) is NoFrame.ENDED
    assert source.problem is None


def test_frames_whose_text_has_no_axes_wait_for_the_index(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a", index_bytes=0)
    writer.put({"time": 0}, frame(0))
    entry = writer.put_unlisted({"time": 1}, frame(1))
    source, stream = follow(tmp_path / "a", FakeClock())
    pixels = np.empty(stream.shape_yx, stream.dtype)
    assert source.read_into(pixels, 0).position == Position(0)
    assert source.read_into(pixels, 0.2) is NoFrame.WAITING
    writer._finish_file()  # the file is cut first, the rest of the index comes after
    assert source.read_into(pixels, 5.0) is NoFrame.WAITING
    writer.write_raw(index=entry)
    assert source.read_into(pixels, 0).position == Position(1)
    assert source.read_into(pixels, 2.0) is NoFrame.ENDED


def test_a_file_that_is_full_is_not_the_end(tmp_path: Path, follow: Follow, java: Java) -> None:
    writer = java(tmp_path / "a", index_bytes=0)
    writer.put({"time": 0}, frame(0))
    source, stream = follow(tmp_path / "a", FakeClock())
    pixels = np.empty(stream.shape_yx, stream.dtype)
    assert source.read_into(pixels, 0).position == Position(0)
    writer._finish_file()
    assert source.read_into(pixels, 0.5) is NoFrame.WAITING
    writer._new_file()
    assert source.read_into(pixels, 2.0) is NoFrame.WAITING
    writer.put({"time": 1}, frame(1))
    assert source.read_into(pixels, 0).position == Position(1)


def test_a_writer_that_dies_in_mid_frame(tmp_path: Path, follow: Follow, java: Java) -> None:
    writer = java(tmp_path / "a")
    for t in range(3):
        writer.put({"time": t}, frame(t))
    page, _ = writer.encode({"time": 3}, frame(3))
    writer.write_raw(stack=page[: len(page) // 2])
    source, stream = follow(tmp_path / "a", FakeClock(), idle_s=30.0)
    found = record(source, stream, timeout_s=1.0)
    assert list(found.frames) == [Position(0), Position(1), Position(2)]
    assert "nothing new came for 30 s; the 3 frames until then are there" in source.problem


def test_another_shape_or_type_is_another_epoch(tmp_path: Path, follow: Follow, java: Java) -> None:
    writer = java(tmp_path / "a")
    kinds = [((24, 32), "uint16"), ((12, 16), "uint16"), ((12, 16), "uint8")]
    for t in range(9):
        writer.put({"time": t, "channel": f"c{t % 2}"}, frame(t, *kinds[t // 3]))
    writer.finish()
    source, stream = follow(tmp_path / "a", FakeClock())
    found = record(source, stream)
    assert [len(epoch) for epoch in found.epochs] == [3, 3, 3]
    for number, epoch in enumerate(found.epochs):
        assert sorted(at.t for at in epoch) == [0, 1, 2]
        for at, pixels in epoch.items():
            np.testing.assert_array_equal(pixels, frame(3 * number + at.t, *kinds[number]))
    assert found.streams[-1].channels == ("c0", "c1")


def test_a_frame_with_the_axes_of_another_is_kept(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a")
    for number in range(3):
        writer.put({}, frame(number))
    writer.finish()
    source, stream = follow(tmp_path / "a", FakeClock())
    assert list(record(source, stream).frames) == [Position(0), Position(1), Position(2)]


def test_axes_that_begin_elsewhere(tmp_path: Path, follow: Follow, java: Java) -> None:
    writer = java(tmp_path / "a")
    axes = [(7, -1), (7, 0), (8, -1), (8, 1)]
    for number, (t, z) in enumerate(axes):
        writer.put({"time": t, "z": z}, frame(number))
    writer.finish()
    source, stream = follow(tmp_path / "a", FakeClock())
    positions = [arrival.position for arrival in record(source, stream).arrivals]
    assert [at.t for at in positions] == [0, 0, 1, 1]
    planes = {z: at.z for (_, z), at in zip(axes, positions, strict=True)}
    assert len(set(planes.values())) == 3


def test_frames_on_the_disk_at_the_stop_still_come(
    tmp_path: Path, follow: Follow, java: Java
) -> None:
    writer = java(tmp_path / "a")
    for t in range(5):
        writer.put({"time": t}, frame(t))
    source, stream = follow(tmp_path / "a")
    source.request_stop()
    found = record(source, stream, after=lambda _: writer.put({"time": 99}, frame(0)))
    assert len(found.frames) in (5, 6), "what comes after the stop does not count"
    assert source.problem is None


def test_recorded_is_what_a_recorder_gets() -> None:
    with pytest.raises(ValueError, match="unpack"):
        _ = Recorded(epochs=[{}, {}]).frames
