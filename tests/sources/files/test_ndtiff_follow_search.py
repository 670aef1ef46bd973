"""Which NDTiff data set is followed, and what is said of one that cannot be."""

import struct
import threading
from pathlib import Path

import pytest
from fake_clock import FakeClock
from followed import Follow, Java
from ndtiff_writers import frame
from starting import read_first

from livecare.errors import ConfigError, SourceError, StoppedError
from livecare.sources.ndtiff_follow import NDTiffFollowSettings, NDTiffFollowSource


class TestSearch:
    def test_waits_for_the_folder_the_data_set_and_the_first_frame(
        self, tmp_path: Path, follow: Follow, java: Java
    ) -> None:
        steps = iter(range(3))

        class Scope(FakeClock):
            """Does the next step of an acquisition whenever somebody waits."""

            def wait(self, stopped: threading.Event, timeout_s: float) -> None:
                super().wait(stopped, timeout_s)
                match next(steps):
                    case 0:
                        (tmp_path / "new").mkdir()
                    case 1:
                        self.writer = java(tmp_path / "new" / "run_1")
                    case 2:
                        self.writer.put({"time": 0}, frame(0))

        clock = Scope()
        _, stream = follow(tmp_path / "new", clock)
        assert stream.source == "ndtiff-follow: run_1"
        assert stream.shape_yx == (24, 32)

    def test_takes_the_data_set_that_is_being_written(
        self, tmp_path: Path, follow: Follow, java: Java
    ) -> None:
        writers = [java(tmp_path / f"run_{number}") for number in range(3)]
        for number, writer in enumerate(writers):
            writer.put({"time": 0}, frame(number))
            if number < 2:
                writer.finish()
        _, stream = follow(tmp_path)
        assert stream.source == "ndtiff-follow: run_2"

    def test_passes_over_what_was_finished_before(
        self, tmp_path: Path, follow: Follow, java: Java
    ) -> None:
        for number in range(2):
            writer = java(tmp_path / f"run_{number}")
            writer.put({"time": 0}, frame(number))
            writer.finish()

        class Scope(FakeClock):
            def wait(self, stopped: threading.Event, timeout_s: float) -> None:
                super().wait(stopped, timeout_s)
                if self.waits == 3:
                    self.writer = java(tmp_path / "run_2")
                    self.writer.put({"time": 0}, frame(9))

        clock = Scope()
        _, stream = follow(tmp_path, clock)
        assert stream.source == "ndtiff-follow: run_2"
        clock.writer.finish()
        _, stream = follow(tmp_path, finished_too=True)
        assert stream.source == "ndtiff-follow: run_2"

    def test_a_stop_ends_the_search(self, tmp_path: Path) -> None:
        source = NDTiffFollowSource(NDTiffFollowSettings(tmp_path), FakeClock())
        source.request_stop()
        with pytest.raises(StoppedError, match="before a frame came"):
            source.open("run")

    def test_a_path_that_leads_nowhere(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="check the path"):
            NDTiffFollowSource(NDTiffFollowSettings(tmp_path / "no" / "where")).open("run")
        with pytest.raises(ConfigError, match=r"set source\.ndtiff-follow\.path"):
            NDTiffFollowSource(NDTiffFollowSettings()).open("run")


def test_damage_is_named(tmp_path: Path, follow: Follow, java: Java) -> None:
    writer = java(tmp_path / "a")
    writer.put({"time": 0}, frame(0))
    source, stream = follow(tmp_path / "a")
    pixels = read_first(source, stream)
    at = writer._index.tell()
    writer.write_raw(index=b"\xff" * 200)
    with pytest.raises(SourceError, match=rf"NDTiff\.index is damaged near byte {at}"):
        source.read_into(pixels, 0)


def test_a_data_set_that_is_deleted(tmp_path: Path, follow: Follow, java: Java) -> None:
    writer = java(tmp_path / "a")
    writer.put({"time": 0}, frame(0))
    source, stream = follow(tmp_path / "a")
    pixels = read_first(source, stream)
    writer.die()
    (tmp_path / "a" / "NDTiff.index").unlink()
    with pytest.raises(SourceError, match="is gone"):
        source.read_into(pixels, 0)


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"idle_s": 0}])
def test_settings_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        NDTiffFollowSettings(**wrong)


def test_a_colour_camera_is_named_while_the_data_set_is_written(tmp_path: Path, java: Java) -> None:
    writer = java(tmp_path / "a")
    entry = writer.put_unlisted({"time": 0}, frame(0))
    writer.write_raw(index=entry[:-20] + struct.pack("<I", 2) + entry[-16:])

    class Impatient(FakeClock):
        def wait(self, stopped: threading.Event, timeout_s: float) -> None:
            super().wait(stopped, timeout_s)
            assert self.waits < 9, "it waits for ever"

    source = NDTiffFollowSource(NDTiffFollowSettings(tmp_path / "a"), Impatient())
    with pytest.raises(SourceError, match="in colour or compressed; set the camera to grey"):
        source.open("run")
    source.close()
