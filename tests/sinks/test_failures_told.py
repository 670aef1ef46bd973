"""Each operation of one append, and of the end, fails once: that is told, and nothing is lost."""

import errno
from pathlib import Path

import pytest
from failing_disk import FailingDisk
from store_frames import append, make_info, make_pixels

from livecare.errors import LivecareError
from livecare.frame import Ledger, Position
from livecare.sinks import recover as recover_module
from livecare.sinks.options import StoreOptions
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="paths of open files are looked up in /proc"
)

INFO = make_info((8, 9))
OPTIONS = StoreOptions(sync_interval_s=1000)
PIXELS = make_pixels(0, INFO.shape_yx, INFO.dtype)
LEDGER = Ledger(acquired=2, recorded=2, skipped=2)
MOST = 100
"""More operations than either takes."""


def begun(path: Path) -> Store:
    store = Store.create(path, INFO, OPTIONS)
    append(store.raw, 0, Position(0), PIXELS)
    return store


def failing(path: Path, number: int) -> FailingDisk:
    return FailingDisk(path, number, errno.EIO, for_good=False)


def test_a_frame_that_was_not_written_whole_is_refused_and_may_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []
    for number in range(MOST):
        disk = failing(tmp_path, number)
        with begun(tmp_path / str(number)) as store:
            with disk.in_use(monkeypatch):
                try:
                    append(store.raw, 1, Position(1), PIXELS)
                except LivecareError as error:
                    refused.append(str(error))
            if disk.failed and len(refused) > number:
                assert store.raw.frames == 1
                append(store.raw, 1, Position(1), PIXELS)
            store.finish(LEDGER)
        assert verify(tmp_path / str(number)).complete, disk.failed
        if not disk.failed:
            break
    assert number >= 3, "pixels, index, line"
    assert len(refused) == number
    assert all("writing raw frame 1" in words for words in refused)


def test_an_end_that_was_not_written_is_told_and_recovered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recover_module, "find_writer", lambda _: None)
    for number in range(MOST):
        path, disk = tmp_path / str(number), failing(tmp_path, number)
        store = begun(path)
        append(store.raw, 1, Position(1), PIXELS)
        told: list[LivecareError] = []
        with disk.in_use(monkeypatch):
            try:
                store.finish(LEDGER)
            except LivecareError as error:
                told.append(error)
        if not disk.failed:
            break
        assert told, disk.failed
        recover(path)
        assert verify(path).sound, disk.failed
        assert verify(path).raw_frames == 2
    assert number > 5, "two lanes are synced, cut and given their length"
    assert verify(path).complete
