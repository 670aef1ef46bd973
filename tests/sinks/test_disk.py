"""Files that are allocated, read and written at offsets, replaced and synced."""

import errno
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from livecare.disk import (
    PAGE_BYTES,
    PositionedFile,
    aligned_block,
    allocate,
    check_writable,
    free_bytes,
    pad,
    replace_file,
    supports_direct,
    sync_path,
)


def test_sizes_are_padded_to_pages() -> None:
    assert [pad(size) for size in (0, 1, 4096, 4097)] == [0, 4096, 4096, 8192]


def test_blocks_are_aligned_and_black() -> None:
    block = aligned_block(5000)
    flat = np.frombuffer(block, np.uint8)
    assert flat.ctypes.data % PAGE_BYTES == 0
    assert len(flat) == 2 * PAGE_BYTES
    assert not flat.any()


@pytest.mark.parametrize("direct", [False, True])
def test_writes_land_where_they_should(tmp_path: Path, direct: bool) -> None:  # noqa: FBT001
    if direct and not supports_direct(tmp_path):
        pytest.skip("this file system has no direct writes")
    block = aligned_block(2 * PAGE_BYTES)
    block[:] = b"ab" * PAGE_BYTES
    (tmp_path / "file").touch()
    with PositionedFile(tmp_path / "file", "update", direct=direct) as file:
        file.write_at(PAGE_BYTES, block)
        assert file.size == 3 * PAGE_BYTES
        file.sync()
    with PositionedFile(tmp_path / "file") as file:
        assert file.read_at(0, PAGE_BYTES) == bytes(PAGE_BYTES)
        assert file.read_at(PAGE_BYTES, PAGE_BYTES) == bytes(block[:PAGE_BYTES])
        assert file.read_at(3 * PAGE_BYTES - 2, 100) == b"ab"
        assert file.read_at(9 * PAGE_BYTES, 100) == b""


def test_only_create_makes_a_file(tmp_path: Path) -> None:
    for mode in ("read", "update"):
        with pytest.raises(FileNotFoundError):
            PositionedFile(tmp_path / "file", mode)
    PositionedFile(tmp_path / "file", "create").close()
    assert (tmp_path / "file").exists()


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    file = PositionedFile(tmp_path / "file", "create")
    file.close()
    file.close()


def test_allocation_takes_space_and_keeps_content(tmp_path: Path) -> None:
    with PositionedFile(tmp_path / "file", "create") as file:
        file.write_at(0, b"kept")
        file.allocate(100 * PAGE_BYTES, start=4)
        assert file.size == 100 * PAGE_BYTES
        assert file.read_at(0, 4) == b"kept"
        if sys.platform == "linux":
            assert (tmp_path / "file").stat().st_blocks * 512 >= 100 * PAGE_BYTES
        file.truncate(4)
        assert file.size == 4
    with (tmp_path / "file").open("r+b") as opened:
        allocate(opened.fileno(), 10)
    assert (tmp_path / "file").stat().st_size == 10


def test_a_replaced_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"long content", b"short", b""):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    with pytest.raises(OSError, match="folder"):
        replace_file(tmp_path / "folder", b"content")
    assert [found.name for found in tmp_path.iterdir()] == ["folder"]


def test_folders_and_files_are_synced(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    sync_path(tmp_path)
    sync_path(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        sync_path(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()


def test_free_space_of_a_path_that_is_yet_to_be(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "a" / "b") == pytest.approx(free_bytes(tmp_path), rel=0.1)
    assert supports_direct(tmp_path) in (True, False)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file") as refused:
        check_writable(tmp_path / "file" / "store")
    assert refused.value.errno == errno.ENOTDIR
    if sys.platform != "win32" and os.geteuid() != 0:
        (tmp_path / "closed").mkdir(mode=0o500)
        with pytest.raises(PermissionError):
            check_writable(tmp_path / "closed" / "store")


def test_a_disk_that_cannot_be_looked_at_is_that_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was unplugged says EIO or ESTALE; that must not end a run."""
    real = shutil.disk_usage

    def look(path: Path) -> object:
        if Path(path) != tmp_path:
            raise OSError(errno.EIO, "Input/output error")
        return real(path)

    monkeypatch.setattr(shutil, "disk_usage", look)
    assert free_bytes(tmp_path / "a" / "b") > 0


def test_a_disk_that_takes_nothing_is_not_asked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livecare.disk._write_at", lambda *_: 0)
    with PositionedFile(tmp_path / "file", "create") as file, pytest.raises(OSError, match="takes"):
        file.write_at(0, b"content")
