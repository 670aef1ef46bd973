"""A real, small file system is filled to its last frame."""

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_disk import mounted
from store_frames import append, make_info, make_pixels

from livecare.disk import PAGE_BYTES, free_bytes, pad
from livecare.errors import DiskFullError
from livecare.frame import Ledger, Position
from livecare.sinks import shard as shard_module
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.line_file import LineFile
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

DISK_BYTES = 6 * 2**20
INFO = make_info((64, 100))
FRAME_BYTES = pad(INFO.frame_bytes + 4)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small", DISK_BYTES) as folder:
        yield folder


def fill(store: Store, lane: str = "raw") -> int:
    """Append until the disk is full; return how many frames fitted."""
    sink = store.raw if lane == "raw" else store.restored
    with pytest.raises(DiskFullError) as refused:  # noqa: PT012  # which frame is what we ask
        for t in range(10_000):
            append(sink, t, Position(t), make_pixels(t, INFO.shape_yx, INFO.dtype))
    assert f"writing {lane} frame {t}" in str(refused.value)
    assert str(store.path) in str(refused.value)
    assert f"{FRAME_BYTES} bytes needed" in str(refused.value)
    return t


def check(path: Path, frames: int) -> None:
    store = StoreReader(path)
    for t in range(frames):
        expected = make_pixels(t, INFO.shape_yx, INFO.dtype)
        np.testing.assert_array_equal(store.read("raw", Position(t)), expected)
    assert len(list(store.lines("raw"))) == frames


@pytest.mark.parametrize("shard_frames", [3, 20, 255])
def test_every_frame_that_fits_is_kept(small_disk: Path, shard_frames: int) -> None:
    path = small_disk / "s"
    with Store.create(path, INFO, StoreOptions(shard_frames=shard_frames)) as store:
        free = free_bytes(path)
        frames = fill(store)
        shards = frames // shard_frames + 1
        at_least = (free - shards * 6 * PAGE_BYTES - frames * 450) // FRAME_BYTES - 1
        assert frames >= at_least
        assert free_bytes(path) < FRAME_BYTES + 8 * PAGE_BYTES
        check(path, frames)
        store.sync()
        assert store.raw.persisted == frames - 1
        with pytest.raises(DiskFullError):
            append(
                store.raw, frames, Position(frames), make_pixels(frames, INFO.shape_yx, INFO.dtype)
            )
        store.finish(Ledger(frames + 1, frames, 0, frames, failed=1))
    check(path, frames)
    verification = verify(path)
    assert verification.sound, str(verification)
    assert verification.state == "incomplete"
    assert f"raw: {frames} frames, 1 missing: {frames}" in str(verification)


def test_a_full_disk_is_recovered(small_disk: Path) -> None:
    path = small_disk / "s"
    with Store.create(path, INFO, StoreOptions(shard_frames=20)) as store:
        frames = fill(store)
    recover(path)
    check(path, frames)
    assert verify(path).sound


def test_one_lane_may_end_before_the_other(small_disk: Path) -> None:
    path = small_disk / "s"
    with Store.create(path, INFO) as store:
        for t in range(20):
            append(store.raw, t, Position(t), make_pixels(t, INFO.shape_yx, INFO.dtype))
        restored = fill(store, "restored")
        assert restored > 20
        store.finish(Ledger(20, 20, restored))
    check(path, 20)


def test_space_comes_back(small_disk: Path) -> None:
    other = small_disk / "other"
    other.write_bytes(bytes(2**20))
    with Store.create(small_disk / "s", INFO) as store:
        frames = fill(store)
        other.unlink()
        for t in (frames, frames + 1):
            append(store.raw, t, Position(t), make_pixels(t, INFO.shape_yx, INFO.dtype))
        store.finish(Ledger(frames + 2, frames + 2, 0, frames + 2))
    check(small_disk / "s", frames + 2)
    assert verify(small_disk / "s").complete


def test_space_reserved_ahead_is_used_to_the_last_frame(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_module, "AHEAD_BYTES", 40 * FRAME_BYTES)
    monkeypatch.setattr(shard_module, "AHEAD_SHARE", 1)
    path = small_disk / "s"
    with Store.create(path, INFO, StoreOptions(shard_frames=255)) as store:
        frames = fill(store)
        assert free_bytes(path) < FRAME_BYTES + 8 * PAGE_BYTES
        store.finish(Ledger(frames, frames, 0, frames))
    check(path, frames)
    assert verify(path).complete


def test_a_store_does_not_fit_at_all(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(bytes(free_bytes(small_disk) - 5 * PAGE_BYTES))
    with pytest.raises(DiskFullError, match="making the store"):
        Store.create(small_disk / "s", INFO)
    assert not (small_disk / "s").exists()


def test_a_line_that_does_not_fit_takes_its_frame_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(lines: LineFile, line: FrameLine) -> None:
        del lines, line
        raise OSError(errno.ENOSPC, "No space left on device")

    with Store.create(tmp_path / "s", INFO) as store:
        append(store.raw, 0, Position(0), make_pixels(0, INFO.shape_yx, INFO.dtype))
        with monkeypatch.context() as patched:
            patched.setattr(LineFile, "append", refuse)
            with pytest.raises(DiskFullError, match="writing raw frame 1"):
                append(store.raw, 1, Position(1), make_pixels(1, INFO.shape_yx, INFO.dtype))
        assert StoreReader(tmp_path / "s").read("raw", Position(1)) is None
        append(store.raw, 1, Position(1), make_pixels(1, INFO.shape_yx, INFO.dtype))
        store.finish(Ledger(2, 2, 0, 2))
    check(tmp_path / "s", 2)
    assert verify(tmp_path / "s").complete
