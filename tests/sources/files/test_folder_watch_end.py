"""When a watched folder ends, and which folder is none."""

from pathlib import Path

import numpy as np
import pytest
from fake_clock import FakeClock
from follow_reading import record
from ndtiff_writers import frame
from watched_files import Watch, put, put_part, save

from livecare.errors import ConfigError, SourceError, StoppedError
from livecare.frame import Position
from livecare.sources.folder_watch import FolderWatchSettings, FolderWatchSource
from livecare.sources.protocol import Arrival


def test_the_sentinel_ends_it_after_the_files_beside_it(folder: Path, watch: Watch) -> None:
    for number in range(3):
        put(folder, f"t{number}.tif", number)
    (folder / "done").touch()
    source, stream = watch(sentinel="done")
    assert len(record(source, stream).frames) == 3
    assert source.why_lost is None


def test_it_ends_when_nothing_comes_any_more(folder: Path, watch: Watch) -> None:
    put(folder, "a.tif", 0)
    clock = FakeClock()
    source, stream = watch(clock, idle_s=20.0)
    began_ns = clock.now_ns()
    assert len(record(source, stream).frames) == 1
    assert (clock.now_ns() - began_ns) / 1e9 == pytest.approx(20, abs=0.6)
    assert source.why_lost is None


def test_files_that_are_whole_at_the_stop_still_come(folder: Path, watch: Watch) -> None:
    for number in range(4):
        put(folder, f"t{number}.tif", number)
    source, stream = watch()
    source.request_stop()

    def add_another(at: Arrival) -> None:
        if at.camera_index == 1:  # the folder was looked at for the last time
            put(folder, "t2b.tif", 9)

    found = record(source, stream, after=add_another)
    assert len(found.frames) == 4
    assert (source.why_lost, source.lost_at_end) == (None, 0)


def test_files_that_have_not_settled_at_the_stop_still_come(folder: Path, watch: Watch) -> None:
    put(folder, "t0.tif", 0)
    source, stream = watch()
    for number in (1, 2):
        save(folder / f"t{number}.tif", number)
    source.request_stop()
    found = record(source, stream)
    assert len(found.frames) == 3
    assert (source.why_lost, source.lost_at_end) == (None, 0)


@pytest.mark.parametrize("content", [b"II*\0", b""])
def test_what_is_not_whole_at_the_stop_is_named_and_holds_up_no_others(
    folder: Path, watch: Watch, content: bytes
) -> None:
    for number in range(3):
        put(folder, f"t{number}.tif", number)
    (folder / "t1.tif").write_bytes(content)
    clock = FakeClock()
    source, stream = watch(clock)
    began_ns = clock.now_ns()
    source.request_stop()
    found = record(source, stream)
    assert len(found.frames) == 2
    assert source.lost_at_end == 1
    assert "t1.tif" in str(source.why_lost)
    assert (clock.now_ns() - began_ns) / 1e9 < 1.0, "it is not waited for like one in a run"


@pytest.mark.parametrize("stops", [True, False])
def test_files_whose_recording_was_never_whole_are_named(
    folder: Path,
    watch: Watch,
    stops: bool,  # noqa: FBT001 a column of the table
) -> None:
    names = [f"s{t}.ome.tif" for t in range(3)]
    put(folder, "a.tif", 9)
    for t in (0, 2):
        put_part(folder, names[t], t, names)
    source, stream = watch(idle_s=20.0)
    if stops:
        source.request_stop()
    assert len(record(source, stream).frames) == 1
    assert source.lost_at_end == 2
    assert "s0.ome.tif, s2.ome.tif;" in source.why_lost


def test_a_file_that_is_written_on_after_the_stop_is_not_waited_for_long(
    folder: Path, watch: Watch
) -> None:
    put(folder, "t0.tif", 0)
    clock = FakeClock()
    source, stream = watch(clock, settle_s=1.0, broken_s=5.0)
    save(folder / "t1.tif", 1)
    save(folder / "t2.tif", 2)
    source.request_stop()
    began_ns = clock.now_ns()

    def write_on(_: int) -> None:
        with (folder / "t1.tif").open("ab") as growing:
            growing.write(b"\0")

    found = record(source, stream, waiting=write_on)
    np.testing.assert_array_equal(found.frames[Position(1)], frame(2))
    assert len(found.frames) == 2
    assert source.lost_at_end == 1
    assert "t1.tif" in str(source.why_lost)
    assert (clock.now_ns() - began_ns) / 1e9 == pytest.approx(5, abs=0.6)


def test_a_file_that_vanishes_is_no_loss(folder: Path, watch: Watch) -> None:
    put(folder, "a.tif", 0)
    source, stream = watch(idle_s=5.0)
    (folder / "b.tif").write_bytes(b"II*\0")
    found = record(source, stream, waiting=lambda _: (folder / "b.tif").unlink(missing_ok=True))
    assert len(found.frames) == 1
    assert (source.why_lost, source.lost_at_end) == (None, 0)


def test_the_wait_for_the_first_file_can_be_stopped(folder: Path, tmp_path: Path) -> None:
    for path in (folder, tmp_path / "not yet"):
        source = FolderWatchSource(FolderWatchSettings(path), FakeClock())
        source.request_stop()
        with pytest.raises(StoppedError, match="no image came"):
            source.open("run")


def test_a_path_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "no" / "where"):
        with pytest.raises(SourceError, match="path"):
            FolderWatchSource(FolderWatchSettings(path)).open("run")
    with pytest.raises(ConfigError, match=r"set source\.folder-watch\.path"):
        FolderWatchSource(FolderWatchSettings()).open("run")


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"idle_s": 0.0}, {"settle_s": -1.0}])
def test_settings_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        FolderWatchSettings(**wrong)
