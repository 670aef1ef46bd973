"""The user's files: which frames belong together, and which truth to which."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from livecare.disk import aligned_block
from livecare.errors import UsageError
from livecare.evaluation import Request, read_psf, read_request
from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.sinks.checksum import CHECKSUM_BYTES
from livecare.sinks.store import Store


def write(path: Path, *shape: int, axes: str = "TYX", value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape) % 900 + value
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": axes})
    return path


def test_a_file_with_one_truth_for_all_frames(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw.tif", 12, 20, 30)
    truth = write(tmp_path / "truth.tif", 20, 30, axes="YX")
    images = read_request(Request(raw, truth, frames=3))
    (recording,) = images.recordings
    assert recording.frames.shape == (8, 20, 30), "as many as a model locks to"
    assert recording.truth is not None
    assert recording.truth.shape == (20, 30)
    assert images.indices(recording) == [0, 1, 2]


def test_a_truth_for_each_frame(tmp_path: Path) -> None:
    raw, truth = write(tmp_path / "r.tif", 5, 20, 30), write(tmp_path / "t.tif", 5, 20, 30)
    (recording,) = read_request(Request(raw, truth)).recordings
    assert recording.truth is not None
    assert recording.truth.shape == (5, 20, 30)


def test_folders_are_paired_in_order(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        write(tmp_path / "raw" / f"cell{number}.tif", 4, 16, 16, value=number)
        write(tmp_path / "truth" / f"cell{number}.tif", 16, 16, axes="YX", value=number)
    images = read_request(Request(tmp_path / "raw", tmp_path / "truth"))
    assert [each.name for each in images.recordings] == ["cell1.tif", "cell2.tif", "cell10.tif"]
    for each in images.recordings:
        assert each.truth is not None
        assert each.frames[0].min() == each.truth.min()


def test_channels_are_recordings_and_planes_without_time_are_frames(tmp_path: Path) -> None:
    write(tmp_path / "c.tif", 3, 2, 16, 16, axes="TCYX")
    images = read_request(Request(tmp_path / "c.tif"))
    assert [each.name for each in images.recordings] == ["c.tif c0", "c.tif c1"]
    write(tmp_path / "z.tif", 5, 16, 16, axes="ZYX")
    (stack,) = read_request(Request(tmp_path / "z.tif")).recordings
    assert len(stack.frames) == 5


def test_repeats_take_all_frames(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw.tif", 30, 16, 16)
    (recording,) = read_request(Request(raw, repeats=True, frames=2)).recordings
    assert len(recording.frames) == 30
    assert recording.repeats


def lay_down(path: Path, shape: tuple[int, int, int], lacking: set[Position]) -> Path:
    """Store a recording of so many time points, channels and places, without some frames."""
    times, channels, places = shape
    names = tuple(f"channel {c}" for c in range(channels))
    wells = tuple(f"well {p}" for p in range(places))
    info = StreamInfo("run", "test", (16, 16), "uint16", names, positions=wells)
    with Store.create(path, info) as store:
        for sequence, (t, p, c) in enumerate(np.ndindex(times, places, channels)):
            if (at := Position(t, c, 0, p)) in lacking:
                continue
            block = aligned_block(16 * 16 * 2 + CHECKSUM_BYTES)
            np.frombuffer(block, np.uint16, count=16 * 16)[:] = 100 + t
            store.raw.append(FrameHeader(sequence, at, (16, 16), "uint16", sequence), block, {})
    return path


def test_places_that_a_recording_lacks_are_left_out(tmp_path: Path) -> None:
    """Stopped within a time point, and a channel that only comes now and then."""
    lacking = {Position(2, 1, 0, 1), *(Position(t, 2, 0, p) for t in (0, 1) for p in (0, 1))}
    lacking |= {Position(t, 3, 0, 1) for t in range(3)}
    raw = lay_down(tmp_path / "raw", (3, 4, 2), lacking)
    found = {each.name: each.frames[:, 0, 0] for each in read_request(Request(raw)).recordings}
    whole, late = [100, 101, 102], [102]
    assert {name.removeprefix("raw "): frames.tolist() for name, frames in found.items()} == {
        **dict.fromkeys(("p0 c0", "p0 c1", "p0 c3", "p1 c0"), whole),
        **dict.fromkeys(("p0 c2", "p1 c2"), late),
        "p1 c1": [100, 101],
    }


def test_frames_and_truths_drop_the_same_places(tmp_path: Path) -> None:
    raw = lay_down(tmp_path / "raw", (12, 1, 1), {Position(1)})
    truth = lay_down(tmp_path / "truth", (12, 1, 1), {Position(3)})
    (recording,) = read_request(Request(raw, truth)).recordings
    assert recording.frames[:, 0, 0].tolist() == [100, 102, *range(104, 110)]
    assert recording.truth is not None
    assert recording.truth.tolist() == recording.frames.tolist()
    empty = lay_down(tmp_path / "empty", (1, 1, 1), set())
    lone = lay_down(tmp_path / "lone", (2, 1, 1), {Position(0)})
    with pytest.raises(UsageError, match=r"empty holds no frame that .*lone has a truth for"):
        read_request(Request(empty, lone))


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    raw = write(tmp_path / "a" / "raw.tif", 6, 16, 16)
    two = write(tmp_path / "b" / "t1.tif", 2, 16, 16).parent
    write(two / "t2.tif", 2, 16, 16)
    with pytest.raises(UsageError, match="2 recordings for 1"):
        read_request(Request(raw, two))
    with pytest.raises(UsageError, match="one truth for all"):
        read_request(Request(raw, two / "t1.tif"))
    with pytest.raises(UsageError, match=r"raw\.tif"):
        read_request(Request(raw, write(tmp_path / "small.tif", 8, 8, axes="YX")))
    with pytest.raises(UsageError, match="--truth or --repeats"):
        read_request(Request(raw, raw, repeats=True))
    with pytest.raises(UsageError, match="--truth-frames does not go with --repeats"):
        read_request(Request(raw, repeats=True, truth_frames=4))
    with pytest.raises(UsageError, match=r"--truth-frames says .* to --truth: give both"):
        read_request(Request(raw, truth_frames=4))
    with pytest.raises(UsageError, match="--affine fits raw to truth"):
        read_request(Request(raw, affine=True))
    with pytest.raises(UsageError, match="nowhere"):
        read_request(Request(tmp_path / "nowhere.tif"))


def test_a_psf_is_the_middle_plane_without_its_background(tmp_path: Path) -> None:
    pixels = np.full((5, 9, 9), 100, np.uint16)
    pixels[2, 4, 4] = 600
    tifffile.imwrite(tmp_path / "psf.tif", pixels, imagej=True, metadata={"axes": "ZYX"})
    psf = read_psf(tmp_path / "psf.tif")
    assert psf[4, 4] == 500
    assert psf.sum() == 500
