"""A recording that is read back, finished or still being written."""

from pathlib import Path

import numpy as np
import pytest
from store_frames import append, make_info, make_pixels, record

from livecare.errors import StoreError
from livecare.frame import Position
from livecare.sinks.layout import lines_path
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store

INFO = make_info()


def test_a_store_is_read_while_it_is_written(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", INFO) as store:
        reader = StoreReader(tmp_path / "s")
        assert reader.info == INFO
        for t in range(5):
            assert reader.read("raw", Position(t)) is None
            pixels = make_pixels(t, INFO.shape_yx, INFO.dtype)
            append(store.raw, t, Position(t), pixels)
            np.testing.assert_array_equal(reader.read("raw", Position(t)), pixels)
            assert [line.sequence for line in reader.lines("raw")] == list(range(t + 1))


def test_a_line_says_all_of_its_header(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", INFO) as store:
        append(store.raw, 3, Position(1), make_pixels(3, INFO.shape_yx, INFO.dtype))
        [line] = StoreReader(tmp_path / "s").lines("raw")
    assert (line.sequence, line.position) == (3, Position(1))
    assert (line.received_ns, line.camera_index, line.camera_time_ns) == (3000, 3, 30)
    assert line.place.shard == "raw/0/c/0/0/0/0/0"
    assert line.provenance == {"made": "up"}
    assert not line.recovered


def test_the_line_in_the_making_is_left_out(tmp_path: Path) -> None:
    path = record(tmp_path / "s", INFO, 3, finish=False)
    with lines_path(path, "raw").open("ab") as file:
        file.write(b'{"sequence":3,"t"')
    assert [line.sequence for line in StoreReader(path).lines("raw")] == [0, 1, 2]


def test_frames_that_wait_for_restoration(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", INFO) as store:
        for t in range(10):
            append(store.raw, t, Position(t), make_pixels(t, INFO.shape_yx, INFO.dtype))
        for t in (9, 0, 4):
            append(store.restored, t, Position(t), make_pixels(t, INFO.shape_yx, INFO.dtype))
        missing = StoreReader(tmp_path / "s").missing_from_restored()
        assert [line.position.t for line in missing] == [1, 2, 3, 5, 6, 7, 8]


@pytest.mark.parametrize("position", [Position(0, 1), Position(0, 0, 1), Position(0, p=1)])
def test_a_position_outside_is_no_missing_frame(tmp_path: Path, position: Position) -> None:
    path = record(tmp_path / "s", INFO, 1)
    with pytest.raises(StoreError, match="lies outside"):
        StoreReader(path).read("raw", position)
