"""Recordings from their beginning to their end, and what their files say."""

import errno
import gc
import sys
import threading
import tracemalloc
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from store_frames import (
    append,
    block_of,
    content_of,
    header_of,
    make_info,
    make_pixels,
    positions,
    record,
    restored_pixels,
)

from livecare.disk import free_bytes
from livecare.errors import (
    ConfigError,
    MissingExtraError,
    StoreError,
    StoreExistsError,
)
from livecare.frame import Ledger, Position
from livecare.sinks import blueprint
from livecare.sinks import syncer as syncer_module
from livecare.sinks.free_space import LINE_BYTES
from livecare.sinks.manifest import Manifest
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.shard import ShardFile
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

INFO = make_info()


def test_what_the_caller_gave_is_kept(tmp_path: Path) -> None:
    settings = {"engine": "identity", "window": [1, 2.5], "path": None}
    with Store.create(tmp_path / "s", INFO, settings=settings):
        manifest = StoreReader(tmp_path / "s").manifest
        assert (manifest.info, manifest.settings) == (INFO, settings)
        assert (manifest.state, manifest.ledger) == ("open", None)


@pytest.mark.parametrize(
    ("ledger", "state"),
    [
        (Ledger(3, 3, 3), "complete"),
        (Ledger(3, 3, 2, skipped=1), "incomplete"),  # but 3 restored frames are there
        (Ledger(4, 3, 3, failed=1), "incomplete"),
        (Ledger(3, 3, 3, lost=1), "incomplete"),
    ],
)
def test_the_final_state(tmp_path: Path, ledger: Ledger, state: str) -> None:
    record(tmp_path / "s", INFO, 3, restored=3, finish=False)
    with Store.create(tmp_path / "s", INFO, StoreOptions(overwrite=True)) as store:
        for t in range(3):
            for lane in (store.raw, store.restored):
                append(lane, t, Position(t), make_pixels(t, INFO.shape_yx, INFO.dtype))
        store.finish(ledger)
    manifest = Manifest.load(tmp_path / "s")
    assert (manifest.state, manifest.ledger) == (state, ledger)


def test_what_exists_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = record(tmp_path / "s", INFO, 2)
    before = content_of(path)
    with pytest.raises(StoreExistsError, match="exists; choose another path"):
        Store.create(path, INFO)
    assert content_of(path) == before


def test_only_a_livecare_store_is_ever_overwritten(tmp_path: Path) -> None:
    overwrite = StoreOptions(overwrite=True)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    with pytest.raises(StoreExistsError, match="no livecare store"):
        Store.create(tmp_path / "thesis", INFO, overwrite)
    assert (tmp_path / "thesis" / "chapter").exists()
    path = record(tmp_path / "s", INFO, 2)
    Store.create(path, INFO, overwrite).close()
    assert list(StoreReader(path).lines("raw")) == []


@pytest.mark.parametrize("failing", ["the new name", "the folder's sync"])
def test_what_was_to_be_overwritten_is_back_where_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = record(tmp_path / "s", INFO, 2)
    before = content_of(path)
    rename = Path.rename

    def fail_once(self: Path, target: Path) -> Path:
        if target == path:
            monkeypatch.setattr(Path, "rename", rename)
            raise OSError(errno.EIO, "no")
        return rename(self, target)

    def fail(folder: Path) -> None:
        if folder == tmp_path:
            raise OSError(errno.EIO, "no")

    if failing == "the new name":
        monkeypatch.setattr(Path, "rename", fail_once)
    else:
        monkeypatch.setattr(blueprint, "sync_path", fail)
    with pytest.raises(StoreError, match="nothing was recorded"):
        Store.create(path, INFO, StoreOptions(overwrite=True))
    assert content_of(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_store_that_rests_holds_few_files_and_goes_on(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", INFO) as store:
        for t in range(4):
            append(store.raw, t, Position(t), make_pixels(t, INFO.shape_yx, INFO.dtype))
            if t == 1:
                store.rest()
                assert not list(store.raw._shards)
        store.finish(Ledger(4, 4, skipped=4))
    assert verify(tmp_path / "s").sound
    assert [line.sequence for line in StoreReader(tmp_path / "s").lines("raw")] == [0, 1, 2, 3]


def test_a_store_that_is_being_written_is_not_overwritten(tmp_path: Path) -> None:
    with (
        Store.create(tmp_path / "s", INFO),
        pytest.raises(StoreExistsError, match="is being written by process"),
    ):
        Store.create(tmp_path / "s", INFO, StoreOptions(overwrite=True))


def test_a_store_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError, match="must be JSON values"):
        Store.create(tmp_path / "s", INFO, settings={"engine": object()})
    monkeypatch.setitem(sys.modules, "numcodecs.blosc", None)
    with pytest.raises(MissingExtraError, match=r"livecare\[compression\]"):
        Store.create(tmp_path / "s", INFO, StoreOptions(compression="lz4"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"compression": "gzip"},
        {"restored_dtype": "float64"},
        {"shard_frames": 256},
        {"shard_frames": 0},
        {"shard_bytes": 0},
        {"sync_interval_s": 0},
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        StoreOptions(**wrong)  # type: ignore[arg-type]


def test_two_threads_write_two_lanes(tmp_path: Path) -> None:
    info = make_info(channels=2, size_z=3, positions=2)
    places = list(zip(range(400), positions(info), strict=False))
    options = StoreOptions(shard_frames=13, sync_interval_s=0.005)
    with Store.create(tmp_path / "s", info, options) as store:

        def restore() -> None:
            for sequence, at in places:
                raw = make_pixels(sequence, info.shape_yx, info.dtype)
                append(store.restored, sequence, at, restored_pixels(raw, info.dtype))

        thread = threading.Thread(target=restore)
        thread.start()
        for sequence, at in places:
            append(store.raw, sequence, at, make_pixels(sequence, info.shape_yx, info.dtype))
        thread.join()
        store.finish(Ledger(400, 400, 400))
    verification = verify(tmp_path / "s")
    assert verification.complete, str(verification)
    reader = StoreReader(tmp_path / "s")
    for sequence, at in places:
        raw = make_pixels(sequence, info.shape_yx, info.dtype)
        np.testing.assert_array_equal(reader.read("raw", at), raw)
        np.testing.assert_array_equal(reader.read("restored", at), restored_pixels(raw, "uint16"))


def test_the_ledger_follows_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Semaphore(0)
    publish = syncer_module.Syncer._publish

    def publish_and_tell(syncer: syncer_module.Syncer) -> None:
        publish(syncer)
        synced.release()

    with Store.create(tmp_path / "s", INFO, StoreOptions(sync_interval_s=0.002)) as store:
        monkeypatch.setattr(syncer_module.Syncer, "_publish", publish_and_tell)
        append(store.raw, 0, Position(0), make_pixels(0, INFO.shape_yx, INFO.dtype))
        assert synced.acquire(timeout=30)
        assert store.raw.persisted == 0
        progress = StoreReader(tmp_path / "s").progress
        assert progress.lanes["raw"].persisted == 0
        assert progress.lanes["restored"].persisted == -1
        assert progress.writer is not None
    assert StoreReader(tmp_path / "s").progress.writer is None


def test_a_failing_disk_stops_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error", str(path))

    pixels = make_pixels(0, INFO.shape_yx, INFO.dtype)
    store = Store.create(tmp_path / "s", INFO, StoreOptions(sync_interval_s=0.002))
    monkeypatch.setattr(syncer_module, "sync_path", fail)
    append(store.raw, 0, Position(0), pixels)
    store._syncer._thread.join(timeout=30)
    assert not store._syncer._thread.is_alive()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"syncing the recording: Input/output error"):
            append(store.raw, 1, Position(1), pixels)
    assert store.raw.persisted == -1
    with pytest.raises(StoreError, match=r"syncing the recording: Input/output error"):
        store.finish(Ledger(1, 1))
    assert Manifest.load(tmp_path / "s").state == "open"


def test_all_files_are_closed_where_one_cannot_be_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many others of a long run would stay open with it."""
    store = Store.create(tmp_path / "s", INFO, StoreOptions(shard_frames=1))
    pixels = make_pixels(0, INFO.shape_yx, INFO.dtype)
    for lane in (store.raw, store.restored):
        for t in range(3):
            append(lane, t, Position(t), pixels)
    shards = [*store.raw._shards, *store.restored._shards]

    def fail(_: ShardFile) -> bool:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(ShardFile, "trim", fail)
    with pytest.raises(StoreError, match="closing the store"):
        store.close()
    assert [shard._pages._descriptor for shard in shards] == [-1] * 6
    assert StoreReader(tmp_path / "s").progress.writer is None, "nobody writes any more"


def test_free_space(tmp_path: Path) -> None:
    info = make_info((512, 512))
    with Store.create(tmp_path / "s", info) as store:
        space = store.free_space()
    assert space.bytes == pytest.approx(free_bytes(tmp_path), rel=0.1)
    assert space.frames == space.bytes // (2 * (512 * 512 * 2 + 4096) + 2 * LINE_BYTES)
    assert space.minutes == pytest.approx(space.frames * 2.0 / 60)


def test_memory_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    info = make_info((4, 4))
    pixels = make_pixels(0, info.shape_yx, info.dtype)
    block = block_of(pixels)
    header = header_of(0, Position(0), pixels)
    with Store.create(tmp_path / "s", info, StoreOptions(shard_frames=10)) as store:

        def write(frames: range) -> int:
            for t in frames:
                store.raw.append(replace(header, sequence=t, position=Position(t)), block)
            store.sync()
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        write(range(500))  # more shards than stay open
        taken = [write(range(end - 1000, end)) for end in (1500, 2500, 3500)]
        tracemalloc.stop()
    # of two rounds the interpreter's table of names, which grows at a stroke, may grow in one
    assert min(b - a for a, b in pairwise(taken)) < 3000  # three bytes a frame
