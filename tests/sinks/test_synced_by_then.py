"""What has to be on the disk by the time that somebody hears of it."""

from collections.abc import Callable
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
