"""Files that are saved: none is overwritten, and where one fails none is left."""

import os
import sys
from pathlib import Path

import pytest

from livecare.errors import UsageError
from livecare.viewer.new_files import write_new

CONTENTS = {".png": b"a picture", "-raw.tif": b"its pixels"}


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    first, *_ = write_new("it", tmp_path / "new", "a", CONTENTS)
    assert (first.name, first.read_bytes()) == ("a.png", b"a picture")
    first.unlink()
    names = [[file.name for file in write_new("it", first.parent, "a", CONTENTS)] for _ in "12"]
    assert names == [["a-2.png", "a-2-raw.tif"], ["a-3.png", "a-3-raw.tif"]]


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="an administrator may write everywhere",
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UsageError, match=f"the table .* to .*{tmp_path.name}"):
            write_new("the table", tmp_path, "a", CONTENTS)
    finally:
        tmp_path.chmod(0o700)


def test_a_failure_leaves_no_part_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    opened = type(tmp_path).open
    monkeypatch.setattr(
        type(tmp_path),
        "open",
        lambda path, *how: fail(path) if path.name.endswith("raw.tif") else opened(path, *how),
    )
    with pytest.raises(UsageError, match=r"the snapshot .*No space left"):
        write_new("the snapshot", tmp_path, "a", CONTENTS)
    assert not list(tmp_path.iterdir())
