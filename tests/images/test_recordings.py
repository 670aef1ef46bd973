"""Which recordings a folder holds, and in which order."""

import re
from pathlib import Path
from typing import Any

import pytest
from image_files import stack, write_ome_set, write_pages

from livecare.errors import UsageError
from livecare.images import list_recordings, open_images


def test_a_folder_in_the_order_of_people(tmp_path: Path) -> None:
    names = ["t1.tif", "T2.TIF", "t10.tiff", "t010b.tif"]
    for name in reversed(names):
        write_pages(tmp_path / name, list(stack((1, 8, 9))))
    for other in (".hidden.tif", "notes.txt", "t3.tif.part"):
        (tmp_path / other).write_bytes(b"no image")
    (tmp_path / "folder").mkdir()
    assert [path.name for path in list_recordings(tmp_path)] == names
    assert list_recordings(tmp_path / "t1.tif") == [tmp_path / "t1.tif"]


def test_the_files_of_one_recording_count_once(tmp_path: Path) -> None:
    _, paths = write_ome_set(tmp_path)
    write_pages(tmp_path / "other.tif", list(stack((1, 8, 9))))
    assert list_recordings(tmp_path) == [tmp_path / "other.tif", paths[0]]


def test_a_damaged_file_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a.ome.tif").write_bytes(b"II*\0")
    assert list_recordings(tmp_path) == [tmp_path / "a.ome.tif"], "opening it says what is wrong"


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no recording"):
        list_recordings(tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        list_recordings(tmp_path / "nowhere")


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A folder and a file that may not be read, as root's are: root reads all, so it is feigned."""
    paths = [tmp_path / "lost+found", tmp_path / "notes"]
    paths[0].mkdir()
    paths[1].write_bytes(b"none of your business")
    is_file, opened = Path.is_file, Path.open

    def refuse_inside(path: Path) -> bool:
        if path.parent in paths:
            raise PermissionError(13, "Permission denied")
        return is_file(path)

    def refuse(path: Path, *arguments: Any, **chosen: Any) -> Any:  # noqa: ANN401 as Path.open
        if path in paths:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **chosen)

    monkeypatch.setattr(Path, "is_file", refuse_inside)
    monkeypatch.setattr(Path, "open", refuse)
    return paths


def test_what_may_not_be_read_is_nobodys_recording(tmp_path: Path, locked: list[Path]) -> None:
    path = write_pages(tmp_path / "a.tif", list(stack((1, 8, 9))))
    assert len(locked) == 2
    assert list_recordings(tmp_path) == [path]


def test_what_may_not_be_read_but_is_named(locked: list[Path]) -> None:
    for path in locked:
        words = rf"{re.escape(path.name)} cannot be read \(Permission denied\); get the right"
        with pytest.raises(UsageError, match=words):
            open_images(path)
    with pytest.raises(UsageError, match=r"lost\+found cannot be read \(Permission denied\)"):
        list_recordings(locked[0])
