"""Recordings of every format that are played like a camera."""

import re
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import tifffile
from contracts.source import SourceContract
from fake_clock import FakeClock
from follow_reading import record
from ndtiff_writers import JavaWriter, frame
from played_movies import ORDER, WRITERS, Play, movie, write_movie, write_ome_tiff, write_store
from starting import start
from structlog.testing import capture_logs

from livecare.disk import PAGE_BYTES
from livecare.errors import ConfigError, SourceError
from livecare.frame import Position, StreamInfo
from livecare.sources.protocol import Arrival, FrameSource, NoFrame
from livecare.sources.replay import ReplaySettings, ReplaySource


@pytest.fixture
def play(closing: ExitStack) -> Play:
    """Open and start a replay, which is closed after the test."""

    def make(
        path: Path, clock: FakeClock | None = None, **settings: object
    ) -> tuple[ReplaySource, StreamInfo]:
        source = ReplaySource(ReplaySettings(path, **settings), clock or FakeClock())
        closing.callback(source.close)
        return start(source)

    return make


class TestContract(SourceContract):
    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "movie.tif"
        write_movie(self.path, 12)

    def make(self, frames: int | None) -> FrameSource:
        settings = ReplaySettings(self.path, rate_hz=400.0, loop=frames is None)
        return ReplaySource(settings)


class TestContractAtTheReadersPace(TestContract):
    def make(self, frames: int | None) -> FrameSource:
        return ReplaySource(ReplaySettings(self.path, 0, loop=frames is None))


class TestContractOfADroppingCamera(TestContract):
    def make(self, frames: int | None) -> FrameSource:
        settings = ReplaySettings(self.path, 200.0, loop=frames is None, drop=True)
        return ReplaySource(settings)


@pytest.mark.parametrize("name", WRITERS)
def test_all_of_every_format(tmp_path: Path, play: Play, name: str) -> None:
    path = WRITERS[name](tmp_path / name)
    source, stream = play(path)
    found = record(source, stream)
    assert (stream.channels, stream.size_z) == (("GFP", "RFP"), 4)
    assert stream.pixel_size_um == pytest.approx(0.2)
    assert stream.z_step_um == pytest.approx(0.4)
    assert stream.interval_s == pytest.approx(0.5)
    assert stream.expected_frames == 24
    assert not stream.grows
    assert stream.source == f"replay: {name}"
    assert list(found.frames) == ORDER
    for at, pixels in found.frames.items():
        np.testing.assert_array_equal(pixels, movie()[at.t, at.c, at.z])
    assert source.problem is None


def test_samples_of_micro_manager(recorded_data: Path, play: Play) -> None:
    folder = recorded_data / "formats" / "ndtiff"
    source, stream = play(folder)
    found = record(source, stream)
    assert [len(epoch) for epoch in found.epochs] == [8 + 256, 10], "two are of 64 × 64 pixels"
    assert [each.size_z for each in found.streams] == [1, 16, 1]
    for each in found.streams:
        assert each.channels == ("DAPI", "FITC")
        assert each.positions == ("position 0",)
        assert each.pixel_size_um == 1.0
    stacks = sorted(folder.rglob("*.tif"), key=lambda path: path.name.lower())
    pages = [tifffile.imread(stack) for stack in stacks]
    epochs = [np.array(list(epoch.values())) for epoch in found.epochs]
    np.testing.assert_array_equal(epochs[0][:8], pages[0].reshape(8, 64, 64))
    np.testing.assert_array_equal(epochs[0][8:], pages[1].reshape(256, 64, 64))
    np.testing.assert_array_equal(epochs[1], pages[2].reshape(10, 32, 32))


def times_s(arrivals: list[Arrival]) -> list[float]:
    return [(each.received_ns - arrivals[0].received_ns) / 1e9 for each in arrivals]


def test_the_given_rate(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 11)
    source, stream = play(tmp_path / "a.tif", rate_hz=20.0)
    assert stream.interval_s == 0.05
    found = record(source, stream)
    assert times_s(found.arrivals) == pytest.approx(np.arange(11) / 20, abs=1e-6)


def test_the_recorded_interval_is_shared_by_the_frames_of_a_time_point(
    tmp_path: Path, play: Play
) -> None:
    source, stream = play(write_ome_tiff(tmp_path / "a.ome.tif"))
    found = record(source, stream)
    assert times_s(found.arrivals) == pytest.approx(np.arange(24) * 0.5 / 8, abs=1e-6)


def test_the_recorded_times_and_order_of_an_own_recording(tmp_path: Path, play: Play) -> None:
    order = [ORDER[number] for number in (0, 4, 1, 7)]
    source, stream = play(write_store(tmp_path / "a.ome.zarr", order))
    found = record(source, stream)
    assert list(found.frames) == order
    assert times_s(found.arrivals) == pytest.approx([0, 0.02, 0.08, 0.18], abs=1e-6)
    assert stream.expected_frames == 4


def test_the_readers_pace_does_not_wait(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 8)
    clock = FakeClock()
    source, stream = play(tmp_path / "a.tif", clock, rate_hz=0)
    assert len(record(source, stream).arrivals) == 8
    assert clock.waits == 0


def test_a_late_reader_loses_nothing_and_catches_up(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 12)
    clock = FakeClock()
    source, stream = play(tmp_path / "a.tif", clock, rate_hz=10.0)
    found = record(source, stream, after=lambda at: at.camera_index == 2 and clock.pass_s(0.5))
    assert [arrival.camera_index for arrival in found.arrivals] == list(range(12))
    assert sum(arrival.lost_before for arrival in found.arrivals) == 0
    assert times_s(found.arrivals)[7:] == pytest.approx([0.7, 0.8, 0.9, 1.0, 1.1], abs=1e-6)
    assert source.problem is None


def test_a_late_reader_of_a_dropping_camera_loses_frames_that_are_counted(
    tmp_path: Path, play: Play
) -> None:
    write_movie(tmp_path / "a.tif", 12)
    clock = FakeClock()
    how = {"rate_hz": 10.0, "drop": True, "buffer_frames": 2}
    source, stream = play(tmp_path / "a.tif", clock, **how)
    found = record(source, stream, after=lambda at: at.camera_index in (2, 9) and clock.pass_s(0.5))
    assert [(each.camera_index, each.lost_before) for each in found.arrivals] == [
        (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (8, 3), (9, 0), (10, 0), (11, 0),
    ]  # fmt: skip
    assert source.lost_at_end == 0
    assert "the replay lost 3 frames" in source.why_lost
    assert source.problem is None, "it did not end early"
    assert [each.position.t for each in found.arrivals][5] == 8


def test_frames_lost_at_the_very_end(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 10)
    clock = FakeClock()
    how = {"rate_hz": 10.0, "drop": True, "buffer_frames": 2}
    source, stream = play(tmp_path / "a.tif", clock, **how)
    found = record(source, stream, after=lambda at: at.camera_index == 5 and clock.pass_s(9))
    assert [each.camera_index for each in found.arrivals] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert source.lost_at_end == 2


def test_a_loop_goes_on_in_time(tmp_path: Path, play: Play) -> None:
    pixels = write_movie(tmp_path / "a.tif", 3)
    source, stream = play(tmp_path / "a.tif", rate_hz=10.0, loop=True, frames=8)
    assert stream.expected_frames == 8
    found = record(source, stream)
    assert [at.t for at in found.frames] == list(range(8))
    assert times_s(found.arrivals) == pytest.approx(np.arange(8) / 10, abs=1e-6)
    for at, each in found.frames.items():
        np.testing.assert_array_equal(each, pixels[at.t % 3])


def test_a_folder_is_played_file_by_file(tmp_path: Path, play: Play) -> None:
    movies = [write_movie(tmp_path / f"t{number}.tif", 2, number) for number in (1, 2, 10)]
    movies.append(write_movie(tmp_path / "z.tif", 3, 4, size=20))
    source, stream = play(tmp_path, rate_hz=10.0)
    assert stream.expected_frames is None
    found = record(source, stream)
    assert [len(epoch) for epoch in found.epochs] == [6, 3]
    assert [at.t for at in found.epochs[0]] == list(range(6))
    assert [at.t for at in found.epochs[1]] == [0, 1, 2]
    np.testing.assert_array_equal(list(found.epochs[0].values()), np.concatenate(movies[:3]))
    np.testing.assert_array_equal(list(found.epochs[1].values()), movies[3])
    assert found.streams[-1].shape_yx == (20, 20)
    assert times_s(found.arrivals) == pytest.approx(np.arange(9) / 10, abs=1e-6)


def test_more_channels_and_planes_in_a_later_file_grow_the_stream(
    tmp_path: Path, play: Play
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", movie((2, 1, 1, 12, 15)), imagej=True)
    tifffile.imwrite(tmp_path / "b.tif", movie((2, 4, 2, 12, 15)), imagej=True)
    source, stream = play(tmp_path)
    assert stream.grows
    found = record(source, stream)
    assert [(len(each.channels), each.size_z) for each in found.streams] == [(1, 1), (2, 4)]
    assert len(found.frames) == 2 + 16


def test_missing_frames_are_left_out(tmp_path: Path, play: Play) -> None:
    writer = JavaWriter(tmp_path / "a")
    for t, z in ((0, 0), (0, 1), (1, 1), (3, 0)):
        writer.put({"time": t, "z": z}, frame(10 * t + z))
    writer.finish()
    source, stream = play(tmp_path / "a")
    found = record(source, stream)
    assert list(found.frames) == [Position(0), Position(0, 0, 1), Position(1, 0, 1), Position(3)]


def test_a_stop_ends_it_at_once(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 12)
    source, stream = play(tmp_path / "a.tif", rate_hz=0)
    found = record(source, stream, after=lambda at: at.position.t == 4 and source.request_stop())
    assert len(found.arrivals) == 5
    assert source.lost_at_end == 0


def test_errors_name_the_path(tmp_path: Path, play: Play) -> None:
    for path in (None, tmp_path / "nothing.tif", tmp_path):
        with pytest.raises(ConfigError, match=re.escape(str(path or "source.replay.path"))):
            play(path)
    (tmp_path / "broken.tif").write_bytes(b"II*\0 and nothing more")
    with pytest.raises(SourceError, match=r"broken\.tif"):
        play(tmp_path / "broken.tif")


@pytest.mark.parametrize(("rate_hz", "told"), [(None, 1), (0.0, 0), (50.0, 0)])
def test_files_without_times_are_told_of_once(
    tmp_path: Path, play: Play, rate_hz: float | None, told: int
) -> None:
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(tmp_path / name, movie((5, 16, 16)))
    with capture_logs() as logs:
        source, stream = play(tmp_path, rate_hz=rate_hz)
        assert len(record(source, stream).arrivals) == 10
    assert sum("says no times" in each["event"] for each in logs) == told


def test_a_file_with_times_needs_no_words(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 2)
    with capture_logs() as logs:
        play(tmp_path / "a.tif")
    assert logs == []


def test_a_frame_that_is_damaged_is_named(tmp_path: Path, play: Play) -> None:
    """A recording of livecare says so with an error of its own: a replay's are a source's."""
    store = write_store(tmp_path / "own.ome.zarr")
    shard = next(path for path in sorted((store / "raw/0/c").rglob("0")) if path.is_file())
    content = bytearray(shard.read_bytes())
    content[PAGE_BYTES + 10] ^= 1
    shard.write_bytes(content)
    source, stream = play(store, rate_hz=0)
    with pytest.raises(SourceError, match=r"raw/0/c/.*t=0, c=0, z=0, p=0: .* checksum"):
        source.read_into(np.empty(stream.shape_yx, stream.dtype), 0)


def test_the_array_must_fit(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 2)
    source, _ = play(tmp_path / "a.tif")
    with pytest.raises(SourceError, match="use the stream's shape"):
        source.read_into(np.empty((3, 3), "uint16"), 0)


def test_it_waits_no_longer_than_asked(tmp_path: Path, play: Play) -> None:
    write_movie(tmp_path / "a.tif", 2)
    clock = FakeClock()
    source, stream = play(tmp_path / "a.tif", clock, rate_hz=0.1)
    pixels = np.empty(stream.shape_yx, stream.dtype)
    assert isinstance(source.read_into(pixels, 1.0), Arrival)
    before = clock.now_ns()
    assert source.read_into(pixels, 1.0) is NoFrame.WAITING
    assert clock.now_ns() - before == pytest.approx(1e9)


@pytest.mark.parametrize(
    "wrong", [{"rate_hz": -1.0}, {"rate_hz": float("nan")}, {"frames": 0}, {"lane": "both"}]
)
def test_settings_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        ReplaySettings(**wrong)
