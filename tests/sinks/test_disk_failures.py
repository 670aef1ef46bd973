"""Every single operation of the disk fails once: what was taken is kept, and nothing is silent."""

import errno
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from failing_disk import FailingDisk
from store_frames import append, content_of, make_info, make_pixels, positions

from livecare.errors import LivecareError, UsageError
from livecare.frame import Ledger, Position, StreamInfo
from livecare.sinks import recover as recover_module
from livecare.sinks.layout import LANES, LaneName
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="paths of open files are looked up in /proc"
)

INFO = replace(make_info((8, 9), channels=1), grows=True)
WIDER = replace(INFO, channels=("channel 0", "channel 1"), positions=("well 0", "well 1"))
OPTIONS = StoreOptions(shard_frames=3, sync_interval_s=1000)
RAW, RESTORED = 8, 5


@dataclass
class Told:
    """What a recording said that it has done."""

    frames: dict[LaneName, dict[int, Position]] = field(default_factory=dict)
    persisted: dict[LaneName, int] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    made: bool = False
    finished: bool = False
    errors: list[LivecareError] = field(default_factory=list)

    def try_to(self, do: object, *arguments: object) -> bool:
        try:
            do(*arguments)  # type: ignore[operator]
        except LivecareError as error:
            self.errors.append(error)
            return False
        return True


def record(path: Path) -> Told:
    """Record some frames, whatever happens; only errors of livecare's own may come."""
    told = Told({lane: {} for lane in LANES}, dict.fromkeys(LANES, -1))
    stores: list[Store] = []
    if not told.try_to(lambda: stores.append(Store.create(path, INFO, OPTIONS))):
        return told
    told.made = True
    [store] = stores
    info: StreamInfo = INFO
    try:
        for sequence in range(RAW):
            if sequence == 4:
                info = WIDER if told.try_to(store.grow, WIDER) else INFO
            if sequence in (3, 6):
                told.try_to(store.sync)
                told.persisted = {"raw": store.raw.persisted, "restored": store.restored.persisted}
            if sequence == 5 and told.try_to(store.mark, 2, "light off", 7):
                told.marks.append("light off")
            _append(store, told, info, sequence)
        counts = [len(told.frames[lane]) for lane in LANES]
        raw, restored = counts
        ledger = Ledger(RAW, raw, restored, raw - restored, RAW - raw)
        told.finished = told.try_to(store.finish, ledger)
    finally:
        told.try_to(store.close)
    return told


def _append(store: Store, told: Told, info: StreamInfo, sequence: int) -> None:
    at = dict(zip(range(RAW), places(info), strict=False))[sequence]
    pixels = make_pixels(sequence, INFO.shape_yx, INFO.dtype)
    for lane in LANES[: 2 if sequence < RESTORED else 1]:
        sink = store.raw if lane == "raw" else store.restored
        if told.try_to(append, sink, sequence, at, pixels):
            told.frames[lane][sequence] = at


def places(info: StreamInfo) -> list[Position]:
    """Where frames go: the first four are all of the narrow recording."""
    narrow = [Position(t) for t in range(4)]
    rest = [at for at, _ in zip(positions(info), range(80), strict=False) if at.t >= 4]
    return [*narrow, *rest][:RAW]


def check(path: Path, told: Told, *, forgets: bool) -> None:
    """All that it said is so, at the latest once it was recovered, and nothing passes for more."""
    before = verify(path)
    if told.finished:
        assert before.sound, before
    if told.finished and not told.errors:
        assert before.complete, before
    elif not before.sound:
        assert before.problems
    recover(path)
    after = verify(path)
    assert after.sound, f"{after}\n{before}"
    reader = StoreReader(path)
    for lane in LANES:
        there = {line.sequence: line.position for line in reader.lines(lane)}
        for sequence, at in told.frames[lane].items():
            if forgets and sequence > told.persisted[lane]:
                continue
            assert there.get(sequence) == at, f"{lane} {sequence}: {there}"
        for sequence, at in there.items():
            found = reader.read(lane, at)
            np.testing.assert_array_equal(
                found, make_pixels(sequence, INFO.shape_yx, INFO.dtype), f"{lane} {sequence}"
            )
    if not forgets:
        assert {mark.text for mark in reader.marks()} >= set(told.marks)
    content = content_of(path)
    assert recover(path).mended == ()
    assert content_of(path) == content


def operations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Count the disk's operations when all goes well."""
    disk = FailingDisk(folder, -1, 0, for_good=False)
    with disk.in_use(monkeypatch):
        told = record(folder / "well")
    assert told.finished
    assert not told.errors
    assert verify(folder / "well").complete
    return disk.operations


WAYS = [
    pytest.param(errno.EIO, False, False, id="once"),
    pytest.param(errno.ENOSPC, True, False, id="full for good"),
    pytest.param(errno.EROFS, True, False, id="read-only for good"),
    pytest.param(errno.EIO, False, True, id="what a failed sync was to bring is forgotten"),
]
STEPS = [
    pytest.param(37, id="some"),
    pytest.param(1, id="all", marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: thousands of syncs wait for nothing there."""
    memory = Path("/dev/shm")  # noqa: S108  # the folder in it is private
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("error", "for_good", "forgets"), WAYS)
def test_any_operation_may_fail(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: int,
    for_good: bool,  # noqa: FBT001
    forgets: bool,  # noqa: FBT001
    step: int,
) -> None:
    count = operations(folder, monkeypatch)
    assert count > 100
    # Where the disk did not let it sign off, the process that wrote has ended by then.
    monkeypatch.setattr(recover_module, "find_writer", lambda _: None)
    for number in range(0, count, step):
        path = folder / str(number)
        disk = FailingDisk(folder, number, error, for_good=for_good, forgets=forgets)
        with disk.in_use(monkeypatch):
            told = record(path)
        assert disk.failed
        what = f"operation {number}: {disk.failed[0]}; told {told.errors}"
        try:
            if told.made:
                check(path, told, forgets=forgets)
            else:
                assert told.errors
                assert for_good or not path.exists()
        except (AssertionError, LivecareError, OSError) as failure:
            raise AssertionError(what) from failure


@pytest.mark.parametrize(("error", "kind"), [(errno.EROFS, UsageError), (errno.EACCES, UsageError)])
def test_a_folder_that_may_not_be_written_is_a_wrong_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, kind: type[LivecareError]
) -> None:
    disk = FailingDisk(tmp_path, 0, error, for_good=True)
    with disk.in_use(monkeypatch), pytest.raises(kind, match=r"choose another .*store\.path"):
        Store.create(tmp_path / "s", INFO)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="a disk that goes keeps its letter")
def test_nothing_is_made_where_a_disk_has_been(tmp_path: Path) -> None:
    """Its folder may be there still: an empty one, that a mount has covered."""
    info = replace(make_info(channels=2), grows=True)
    with Store.create(tmp_path / "s", info, OPTIONS) as store:
        append(store.raw, 0, Position(0), make_pixels(0, info.shape_yx, info.dtype))
        (tmp_path / "s").rename(tmp_path / "unplugged")
        with pytest.raises(LivecareError, match="is gone; every frame before is intact"):
            append(store.raw, 1, Position(0, 1), make_pixels(1, info.shape_yx, info.dtype))
        assert not (tmp_path / "s").exists()
        (tmp_path / "unplugged").rename(tmp_path / "s")


def test_a_failed_sync_is_never_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later ones succeed without what the first one lost: nobody may say that all is there."""
    store = Store.create(tmp_path / "s", INFO, OPTIONS)
    pixels = make_pixels(0, INFO.shape_yx, INFO.dtype)
    append(store.raw, 0, Position(0), pixels)
    store.sync()
    append(store.raw, 1, Position(1), pixels)
    with FailingDisk(tmp_path, 0, errno.EIO, for_good=False).in_use(monkeypatch):
        with pytest.raises(LivecareError, match="the disk has 1 of 2 raw frames"):
            store.sync()
        with pytest.raises(LivecareError, match="nobody knows of the others"):
            store.sync()
        with pytest.raises(LivecareError, match="nobody knows of the others"):
            append(store.raw, 2, Position(2), pixels)
        with pytest.raises(LivecareError, match="nobody knows of the others"):
            store.finish(Ledger(3, 2, 0, 2, 1))
    assert store.raw.persisted == 0
    reader = StoreReader(tmp_path / "s")
    assert reader.progress.lanes["raw"].frames == 1
    assert reader.manifest.state == "open"
    assert "run 'livecare recover" in str(verify(tmp_path / "s"))
