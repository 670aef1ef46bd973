import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from livecare.engines.cache import Cache, cache_folder
from livecare.errors import EngineError

KEY = "tensorrt-counts-512x512-b2-fp16-0123abcd"


def test_the_folder_is_the_users() -> None:
    assert cache_folder().name == "engines"
    assert "livecare" in cache_folder().parts


@pytest.mark.parametrize("content", [b"", b"engine", bytes(range(256)) * 5000])
def test_what_was_written_is_read(tmp_path: Path, content: bytes) -> None:
    cache = Cache(tmp_path / "not" / "yet")
    assert cache.read(KEY) is None
    assert cache.write(KEY, content)
    assert Cache(cache.folder).read(KEY) == content
    assert cache.write(KEY, content + b"!")
    assert cache.read(KEY) == content + b"!"
    assert [path.name for path in cache.folder.iterdir()] == [f"{KEY}.cached"]
    cache.remove(KEY)
    cache.remove(KEY)
    assert cache.read(KEY) is None


def test_keys_are_apart(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.write("a.b", b"1")
    cache.write("a", b"2")
    cache.write("a.c", b"3")
    assert [cache.read(key) for key in ("a", "a.b", "a.c")] == [b"2", b"1", b"3"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "foreign"])
def test_a_damaged_file_is_none_and_removed(tmp_path: Path, damage: str) -> None:
    cache = Cache(tmp_path)
    cache.write(KEY, b"engine" * 100)
    (file,) = tmp_path.iterdir()
    stored = bytearray(file.read_bytes())
    if damage == "cut":
        del stored[-1]
    elif damage == "flipped":
        stored[-30] ^= 1
    elif damage == "emptied":
        stored.clear()
    else:
        stored[:] = b"another program's file"
    file.write_bytes(stored)
    assert cache.read(KEY) is None
    assert not file.exists()
    assert cache.write(KEY, b"new")
    assert cache.read(KEY) == b"new"


@pytest.mark.parametrize("key", ["", "a/b", "../a", ".hidden", "a b", "a" * 201, "a\\b", "c:d"])
def test_what_is_no_key(tmp_path: Path, key: str) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(EngineError, match="is no key"):
        cache.read(key)
    with pytest.raises(EngineError, match="is no key"):
        cache.write(key, b"")
    with pytest.raises(EngineError, match="is no key"):
        cache.remove(key)


def test_a_folder_that_cannot_be_made_costs_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file" / "engines")
    assert not cache.write(KEY, b"engine")
    assert cache.read(KEY) is None
    cache.remove(KEY)
    said = capsys.readouterr()
    assert "cannot be written" in said.out + said.err


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_keeps_the_old_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    cache = Cache(tmp_path)
    cache.write(KEY, b"old")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if step == "write":
            patch.setattr("tempfile.mkstemp", full)
        elif step == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr(Path, "replace", full)
        assert not cache.write(KEY, b"new")
    assert cache.read(KEY) == b"old"
    assert [path.name for path in tmp_path.iterdir()] == [f"{KEY}.cached"]


def rewrite(folder: Path, mark: int, rounds: int) -> None:
    for _ in range(rounds):
        Cache(folder).write(KEY, bytes([mark]) * 100_000)


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows refuses to replace a file that is being read; a warning says so")
    cache = Cache(tmp_path)
    cache.write(KEY, b"\0" * 100_000)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=rewrite, args=(tmp_path, mark, 40)) for mark in (1, 2)]
    for writer in writers:
        writer.start()
    seen, writing = set(), True
    while writing:
        writing = any(writer.is_alive() for writer in writers)
        content = cache.read(KEY)
        assert content is not None
        assert len(content) == 100_000
        assert len(set(content)) == 1
        seen.add(content[0])
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert seen & {1, 2}
