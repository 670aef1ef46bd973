"""What has to be on the disk by the time that somebody hears of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from store_frames import make_info, record

from livecare.disk import PositionedFile
from livecare.sinks import marks as marks_module
from livecare.sinks.options import StoreOptions
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

INFO = make_info()
SHARD = "raw/0/c/0/0/0/0/0"


def test_the_name_of_the_file_of_marks_is_synced_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    with Store.create(tmp_path / "s", INFO) as store:
        monkeypatch.setattr(marks_module, "sync_path", synced.append)
        store.mark(0, "first", 1)
        assert synced == [marks_module.marks_path(tmp_path / "s").parent]
        store.mark(0, "second", 2)
        assert len(synced) == 1


def test_an_index_that_is_rebuilt_is_told_and_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record(tmp_path / "s", INFO, 3, StoreOptions(shard_frames=4))
    with (path / SHARD).open("r+b") as file:
        file.write(bytes(64))
    unsynced: set[Path] = set()

    def after(name: str, note: Callable[[Path], None]) -> None:
        real = getattr(PositionedFile, name)

        def call(file: PositionedFile, *arguments: object) -> None:
            real(file, *arguments)
            note(file.path)

        monkeypatch.setattr(PositionedFile, name, call)

    after("write_at", unsynced.add)
    after("sync", unsynced.discard)
    recovery = str(recover(path))
    assert path / SHARD not in unsynced
    assert f"{SHARD}: the index did not match its checksum and is rebuilt" in recovery
    for sequence in range(3):
        assert f"raw frame {sequence}: entered in the index again" in recovery
    assert verify(path).sound


def test_arrays_that_a_growing_recording_gets_are_synced_with_it(tmp_path: Path) -> None:
    info = replace(INFO, grows=True)
    with Store.create(tmp_path / "s", info) as store:
        store.sync()
        store.grow(
            replace(info, channels=(*info.channels, "second"), positions=("well 0", "well 1"))
        )
        waiting = store.restored.backlog.take().paths
    assert {each.parent.name for each in waiting} >= {"restored", "restored_p001"}


def test_a_mark_that_was_dropped_is_gone_from_the_disk_by_the_time_that_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.create(tmp_path / "s", INFO) as store:
        store.mark(0, "first", 1)
    file = marks_module.marks_path(tmp_path / "s")
    file.write_bytes(file.read_bytes() + b'{"torn')
    synced: list[Path] = []
    real = PositionedFile.sync

    def sync(file: PositionedFile) -> None:
        real(file)
        synced.append(file.path)

    monkeypatch.setattr(PositionedFile, "sync", sync)
    told = marks_module.drop_torn_mark(tmp_path / "s")
    assert str(told).endswith("a mark that was never finished is dropped")
    assert synced == [file]
