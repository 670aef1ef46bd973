"""Orders that change while a restorer works: newer ones are taken, all others kept out."""

import os
from pathlib import Path

import pytest
from lock_orders import spec_with
from structlog.testing import capture_logs

from livecare.errors import UsageError
from livecare.link import write_spec
from livecare.restorer.orders import Orders


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "restorer.json"
    write_spec(path, spec_with(model="a"))
    return path


def test_orders_are_read(file: Path) -> None:
    orders = Orders(file)
    assert orders.spec == spec_with(model="a")
    assert not orders.renewed()


def test_a_replaced_file_is_noticed_once(file: Path) -> None:
    orders = Orders(file)
    write_spec(file, spec_with(model="b", revision=1))
    assert orders.renewed()
    assert orders.spec == spec_with(model="b", revision=1)
    assert not orders.renewed()
    write_spec(file, spec_with(model="c", revision=2))
    write_spec(file, spec_with(model="d", revision=3))
    assert orders.renewed()
    assert orders.spec.model == "d", "only the last word counts"
    assert not orders.renewed()


@pytest.mark.parametrize("revision", [0, 4, 5])
def test_an_older_or_the_same_revision_is_nothing_new(file: Path, revision: int) -> None:
    """A restorer that is started again is given the orders that it has to begin with."""
    write_spec(file, spec_with(model="a", revision=5))
    orders = Orders(file)
    write_spec(file, spec_with(model="b", revision=revision))
    assert not orders.renewed()
    assert orders.spec.model == "a"
    write_spec(file, spec_with(model="c", revision=6))
    assert orders.renewed()


def test_a_file_that_was_touched_says_nothing_new(file: Path) -> None:
    orders = Orders(file)
    os.utime(file, ns=(1, 1))
    assert not orders.renewed()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"revision": 9}', b"\xff\xfe", b'{"run_id": 3}']
)
def test_a_damaged_file_is_kept_out_and_a_whole_one_taken(file: Path, content: bytes) -> None:
    orders = Orders(file)
    file.write_bytes(content)
    with capture_logs() as logs:
        assert not orders.renewed()
        assert not orders.renewed()
    assert [each["event"] for each in logs] == ["new orders cannot be read"], "said once"
    assert str(file) in logs[0]["reason"]
    assert orders.spec.model == "a"
    write_spec(file, spec_with(model="b", revision=1))
    assert orders.renewed()
    assert orders.spec.model == "b"


def test_a_file_that_is_gone_is_missed_and_found_again(file: Path) -> None:
    orders = Orders(file)
    file.unlink()
    assert not orders.renewed()
    assert orders.spec.model == "a"
    write_spec(file, spec_with(model="b", revision=1))
    assert orders.renewed()


@pytest.mark.parametrize("content", [None, b"no orders"])
def test_there_must_be_orders_to_begin_with(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "restorer.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"restorer\.json: no RestorerSpec of this livecare"):
        Orders(path)
