"""A recording whose path is a link to another disk."""

from pathlib import Path

import pytest
from store_frames import make_info, record

from livecare.errors import UsageError
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader

INFO = make_info()


def test_a_link_to_where_nothing_is_yet_leads_there_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    for name, target in (("s", "large/s"), ("lost", "not mounted/s")):
        try:
            (tmp_path / name).symlink_to(tmp_path / target, target_is_directory=True)
        except OSError:
            pytest.skip("this user may make no links")
    record(tmp_path / "s", INFO, 2)
    assert len(list(StoreReader(tmp_path / "large" / "s").lines("raw"))) == 2
    with pytest.raises(UsageError, match="which is not there: mount its disk"):
        record(tmp_path / "lost", INFO, 2)
    assert not (tmp_path / "not mounted").exists()


def test_what_a_link_names_is_overwritten_where_it_lies(tmp_path: Path) -> None:
    """The link is on the small disk, the recordings are on the large one."""
    (tmp_path / "large").mkdir()
    (tmp_path / "small").mkdir()
    path = record(tmp_path / "large" / "s", INFO, 2)
    link = tmp_path / "small" / "s"
    try:
        link.symlink_to(path, target_is_directory=True)
    except OSError:
        pytest.skip("this user may make no links")
    record(link, INFO, 3, options=StoreOptions(overwrite=True))
    assert link.readlink() == path
    assert not path.is_symlink()
    assert len(list(StoreReader(path).lines("raw"))) == 3
    assert [list(each.iterdir()) for each in (path.parent, link.parent)] == [[path], [link]]
