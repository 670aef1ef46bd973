"""What is not restored, and what an interruption leaves."""

from pathlib import Path

import numpy as np
import pytest
from counted_files import assert_means, counts, write_series
from small_models import Restore, write_model

from livecare.disk import PARTIAL_SUFFIX, aligned_block
from livecare.errors import StoreExistsError, UsageError
from livecare.frame import FrameHeader, Ledger, Pixels, Position, StreamInfo
from livecare.images import open_images
from livecare.models.package import Model
from livecare.restore_files.provenance import read_provenance
from livecare.sinks.store import Store


@pytest.mark.parametrize("at", [1, 9])
def test_not_a_number(restore: Restore, tmp_path: Path, at: int) -> None:
    frames = counts((10, 16, 20), "float32")
    frames[at, 3, 4] = np.nan
    source = write_series(tmp_path / "a.tif", frames)
    with pytest.raises(UsageError, match=rf"a\.tif, frame t={at}, .*1 pixels are NaN"):
        restore(source, tmp_path / "b.tif")
    assert not list(tmp_path.glob("b.tif*")), "nothing half is left"


def test_an_interruption_leaves_no_half_file(restore: Restore, tmp_path: Path) -> None:
    source, out = write_series(tmp_path / "a.tif", counts((5, 16, 20))), tmp_path / "b.tif"
    seen = []

    def interrupt(_: Path, done: int, __: int) -> None:
        seen.append(sorted(path.name for path in tmp_path.glob("b.tif*")))
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(source, out, watch=interrupt)
    assert seen == [["b.tif" + PARTIAL_SUFFIX]] * 3
    assert not list(tmp_path.glob("b.tif*"))


def test_what_a_killed_run_left_is_no_hindrance(restore: Restore, tmp_path: Path) -> None:
    frames = counts((2, 16, 20))
    source, out = write_series(tmp_path / "a.tif", frames), tmp_path / "b.tif"
    out.with_name(out.name + PARTIAL_SUFFIX).write_bytes(b"half a file")
    restore(source, out)
    assert_means(out, frames[:, None, None])
    assert sorted(path.name for path in tmp_path.glob("b*")) == ["b.tif"]


def test_where_it_must_not_write(restore: Restore, tmp_path: Path) -> None:
    source, out = write_series(tmp_path / "a.tif", counts((2, 16, 20))), tmp_path / "b.tif"
    out.write_bytes(b"something else")
    with pytest.raises(StoreExistsError, match=r"b\.tif exists.*--overwrite"):
        restore(source, out)
    before = source.read_bytes()
    for itself in (source, tmp_path):
        with pytest.raises(UsageError, match=r"a\.tif is the recording itself"):
            restore(source, itself, overwrite=True)
    assert source.read_bytes() == before
    for wrong in ("b.png", "b.ome.zarr", "b"):
        with pytest.raises(UsageError, match=r"as TIFF; name it b.*\.ome\.tif"):
            restore(source, tmp_path / wrong)
    with pytest.raises(UsageError, match="there is no folder"):
        restore(source, tmp_path / "nowhere" / "b.tif")
    with pytest.raises(UsageError, match=r"nowhere\.tif does not exist"):
        restore(tmp_path / "nowhere.tif", tmp_path / "c.tif")
    restore(source, out, overwrite=True)
    assert read_provenance(out) is not None


def test_a_name_that_micromanager_gives_to_the_parts_of_a_stack(
    restore: Restore, tmp_path: Path
) -> None:
    """A stack of several files could not be read any more beside it."""
    source = write_series(tmp_path / "a_1_MMStack_Default.ome.tif", counts((2, 16, 20)))
    named = "a_1_MMStack_Default_restored.ome.tif"
    with pytest.raises(UsageError, match=r"taken for a part of .*name it a_1_restored\.ome\.tif"):
        restore(source, tmp_path / named)
    (tmp_path / "out").mkdir()
    for out in (tmp_path / "a_1_restored.ome.tif", tmp_path / "out" / named):
        assert len(restore(source, out).restored) == 1


def write_store(path: Path, info: StreamInfo, places: list[Position], pixels: Pixels) -> Path:
    """Record a frame at each of these."""
    store = Store.create(path, info)
    for sequence, at in enumerate(places):
        block = aligned_block(info.frame_bytes + 4)
        np.frombuffer(block, np.uint16)[: pixels[sequence].size] = pixels[sequence].ravel()
        header = FrameHeader(sequence, at, info.shape_yx, "uint16", received_ns=0)
        store.raw.append(header, block)
    store.finish(Ledger())
    store.close()
    return path


@pytest.mark.parametrize("kind", ["fixed", "per-frame"])
def test_a_channel_without_a_frame_is_black(restore: Restore, tmp_path: Path, kind: str) -> None:
    """An acquisition that was stopped is restored as far as it went."""
    info = StreamInfo(
        "run 7", "test", (16, 20), "uint16", ("GFP", "RFP"), positions=("left", "right")
    )
    source = write_store(tmp_path / "a.ome.zarr", info, [Position(0, 0)], counts((1, 16, 20)))
    [done] = restore(source, tmp_path / "b.ome.tif", kind=kind).restored
    assert (done.frames, done.missing) == (4, 3)
    if kind == "fixed":
        assert [(lock.channel, lock.position) for lock in done.locks] == [("GFP", "left")]
    with open_images(tmp_path / "b.ome.tif") as images:
        assert images.read(c=0, p=0).all()
        for c, p in ((1, 0), (0, 1), (1, 1)):
            assert not images.read(c=c, p=p).any()


def test_a_channel_without_its_middle_plane_is_locked_to_others(
    restore: Restore, tmp_path: Path
) -> None:
    model = Model.load(write_model(tmp_path / "anscombe", kind="anscombe"))
    photons = np.tile(np.linspace(2, 80, 96), (8, 96, 1))
    pixels = (100 + 2 * np.random.default_rng(3).poisson(photons)).astype("uint16")
    info = StreamInfo("run 7", "test", (96, 96), "uint16", ("GFP", "RFP"), size_z=3)
    places = [Position(t, 0, 1) for t in range(4)] + [Position(t, 1, 0) for t in range(4)]
    source = write_store(tmp_path / "a.ome.zarr", info, places, pixels)
    [done] = restore(source, tmp_path / "b.ome.tif", model=model).restored
    assert [lock.channel for lock in done.locks] == ["GFP", "RFP"]
    assert (done.frames, done.missing) == (24, 16)


def test_a_recording_without_a_whole_stack(restore: Restore, tmp_path: Path) -> None:
    model = Model.load(write_model(tmp_path / "zyx", axes="zyx"))
    info = StreamInfo("run 7", "test", (16, 20), "uint16", size_z=3)
    source = write_store(tmp_path / "a.ome.zarr", info, [Position(0)], counts((1, 16, 20)))
    with pytest.raises(UsageError, match=r"a\.ome\.zarr has no stack of which every plane"):
        restore(source, tmp_path / "b.ome.tif", model=model)
