"""Data sets that are followed while ndstorage, pycromanager's Python writer, writes them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ndstorage", reason="ndstorage is the writer that is followed here")

from fake_clock import FakeClock
from follow_reading import record
from ndstorage_writer import ORDER, SHAPE
from ndtiff_writers import frame
from starting import start

from livecare.frame import Position
from livecare.images import open_images
from livecare.sources.ndtiff_follow import NDTiffFollowSettings, NDTiffFollowSource

Writer = Callable[..., subprocess.Popen[str]]

CHANNELS = ("DAPI", "FITC")


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Writer]:
    """Start a writer, which ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(frames_per_file: int, ending: str) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("ndstorage_writer.py")
        arguments = [str(tmp_path), str(frames_per_file), ending]
        process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            stdin=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def where(number: int) -> Position:
    t, c, z = ORDER[number]
    return Position(t, CHANNELS.index(c), z)


def test_all_200_of_200_in_several_files(tmp_path: Path, write: Writer) -> None:
    writer = write(60, "finish")
    source, stream = start(NDTiffFollowSource(NDTiffFollowSettings(tmp_path)))
    found = record(source, stream)
    source.close()
    assert writer.wait() == 0
    assert source.problem is None
    assert len(found.arrivals) == 200
    assert len(list((tmp_path / "run_1").glob("*.tif"))) == 4
    for number, arrival in enumerate(found.arrivals):
        assert arrival.position == where(number)
        assert arrival.camera_time_ns == round(20.5e6 * number)
        np.testing.assert_array_equal(found.frames[arrival.position], frame(number, SHAPE))
    last = found.streams[-1]
    assert (last.channels, last.size_z) == (CHANNELS, 5)
    assert (last.pixel_size_um, last.z_step_um) == (0.65, 1.5)
    with open_images(tmp_path / "run_1") as images:
        assert images.shape == (20, 2, 5, *SHAPE)
        assert images.channels == CHANNELS


def test_no_frame_waits_until_the_writer_lets_go_of_the_index(
    tmp_path: Path, write: Writer
) -> None:
    writer = write(25, "stepwise")
    source, stream = start(NDTiffFollowSource(NDTiffFollowSettings(tmp_path, frames=60)))
    index = tmp_path / "run_1" / "NDTiff.index"
    sizes = []

    def let_go_on(_: object) -> None:
        sizes.append(index.stat().st_size)
        writer.stdin.write("\n")
        writer.stdin.flush()

    found = record(source, stream, after=let_go_on)
    source.close()
    assert list(found.frames) == [where(number) for number in range(60)]
    assert all(np.array_equal(found.frames[where(n)], frame(n, SHAPE)) for n in range(60))
    assert set(sizes[:20]) == {0}, "the writer held the index back"


def test_a_writer_that_is_killed_in_mid_frame(tmp_path: Path, write: Writer) -> None:
    writer = write(1000, "die")
    assert writer.wait() == 9
    settings = NDTiffFollowSettings(tmp_path, idle_s=60.0)
    source, stream = start(NDTiffFollowSource(settings, FakeClock()))
    found = record(source, stream)
    source.close()
    assert list(found.frames) == [where(number) for number in range(30)]
    assert "was not finished" in source.problem
