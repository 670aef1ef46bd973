"""What is not restored, and what an interruption leaves."""

from pathlib import Path

import numpy as np
import pytest
from counted_files import assert_means, counts, write_series
from small_models import Restore

from livecare.disk import PARTIAL_SUFFIX, aligned_block
from livecare.errors import StoreExistsError, UsageError
from livecare.frame import FrameHeader, Ledger, Position, StreamInfo
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


def test_a_recording_without_a_frame_of_a_channel(restore: Restore, tmp_path: Path) -> None:
    info = StreamInfo("run 7", "test", (16, 20), "uint16", ("GFP", "RFP"))
    store = Store.create(tmp_path / "a.ome.zarr", info)
    block = aligned_block(info.frame_bytes + 4)
    np.frombuffer(block, np.uint16)[: 16 * 20] = np.arange(16 * 20)
    store.raw.append(FrameHeader(0, Position(0, 0), (16, 20), "uint16", received_ns=0), block)
    store.finish(Ledger())
    store.close()
    with pytest.raises(UsageError, match=r"a\.ome\.zarr has no frame of RFP"):
        restore(tmp_path / "a.ome.zarr", tmp_path / "b.ome.tif")
