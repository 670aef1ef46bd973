"""Which recordings a folder holds, and in which order."""

from pathlib import Path

import pytest
from image_files import stack, write_ome_set, write_pages

from livecare.errors import UsageError
from livecare.images import list_recordings


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
