"""What a zarr.json says may change after it was written: that is noticed, told, and no trap."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from store_frames import append, content_of, make_info, make_pixels, record

from livecare.errors import StoreDamagedError, StoreError
from livecare.frame import Ledger, Position
from livecare.sinks.differences import differences
from livecare.sinks.export import export_ome_tiff
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

INFO = make_info()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "s", INFO, 9, StoreOptions(shard_frames=4), restored=9)


def change(file: Path, *keys: str, to: Any) -> None:  # noqa: ANN401
    document = json.loads(file.read_bytes())
    inner = document
    for key in keys[:-1]:
        inner = inner[int(key) if isinstance(inner, list) else key]
    inner[keys[-1]] = to
    file.write_text(json.dumps(document))


def test_json_that_is_laid_out_anew_is_the_same(path: Path) -> None:
    for file in path.rglob("zarr.json"):
        document = json.loads(file.read_bytes())
        file.write_text(json.dumps(dict(reversed(document.items())), separators=(",", ":")))
    assert verify(path).complete
    assert not verify(path).notes


def test_a_manifest_that_was_changed_is_told_and_then_taken(path: Path) -> None:
    change(path / "zarr.json", "attributes", "livecare", "info", "z_step_um", to=0.7)
    verification = verify(path)
    [problem] = verification.problems
    assert problem.startswith("zarr.json does not match its checksum")
    recovery = recover(path)
    assert "zarr.json: does not match its checksum, and is taken as it is" in str(recovery)
    assert verify(path).sound
    assert verify(path).state == "incomplete"
    assert recover(path).mended == ()


def test_a_recording_that_was_never_complete_cannot_become_it(path: Path) -> None:
    change(path / "zarr.json", "attributes", "livecare", "ledger", "lost", to=4)
    assert any("its ledger says that it is not" in each for each in verify(path).problems)


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        (("data_type",), "uint8"),
        (("data_type",), "uint17"),
        (("fill_value",), 7),
        (("shape",), [9, 1, 2, 24, 33]),
        (("shape",), [9, 1, 1, 24, 34]),
        (("chunk_grid", "configuration", "chunk_shape"), [5, 1, 1, 24, 33]),
        (("codecs", "0", "configuration", "index_location"), "end"),
        (("codecs", "0", "name"), "sharding"),
        (("attributes",), 5),
    ],
)
def test_nothing_is_mended_by_an_array_that_was_changed(
    path: Path, keys: tuple[str, ...], to: object
) -> None:
    """All shards would look damaged by it, and would be mended to death."""
    change(path / "raw/0/zarr.json", *keys, to=to)
    before = content_of(path)
    for look in (verify, recover, StoreReader):
        with pytest.raises(StoreError, match=r"raw/0/zarr\.json.*put a copy back"):
            look(path)
    assert content_of(path) == before


def test_stores_without_checksums_are_read(path: Path) -> None:
    """Those of earlier versions."""
    change(path / "raw/0/zarr.json", "attributes", to={})
    document = json.loads((path / "zarr.json").read_bytes())
    for key in ("crc32c", "marks"):
        del document["attributes"]["livecare"][key]
    (path / "zarr.json").write_text(json.dumps(document))
    assert verify(path).complete


def test_what_others_have_set_is_noted(path: Path) -> None:
    change(path / "raw/zarr.json", "attributes", "ome", "omero", "channels", to=None)
    assert not verify(path).sound
    recover(path)
    file = path / "raw/zarr.json"
    file.write_text(file.read_text().replace("FFFFFF", "123456").replace("0.108", "0.11"))
    verification = verify(path)
    assert verification.complete
    assert len(verification.notes) == 3
    assert "color '123456' instead of 'FFFFFF'; another program may have set it" in str(
        verification
    )


def test_axes_that_were_changed_are_mended(path: Path) -> None:
    change(path / "raw/zarr.json", "attributes", "ome", "multiscales", "0", "name", to="raw")
    before = content_of(path)
    change(path / "raw/zarr.json", "attributes", "ome", "multiscales", "0", "axes", to=[])
    change(path / "zarr.json", "attributes", "ome", "version", to="0.4")
    change(path / "livecare/zarr.json", "node_type", to="array")
    told = str(verify(path))
    for words in ("axes [] instead of", "version '0.4' instead of '0.5'", "node_type 'array'"):
        assert words in told
    assert len(recover(path).mended) == 3
    assert verify(path).complete
    assert content_of(path).keys() == before.keys()


def test_the_ledger_of_a_closed_recording_is_exact(path: Path) -> None:
    file = path / "livecare/ledger.json"
    file.write_bytes(file.read_bytes().replace(b'"frames":9', b'"frames":8', 1))
    assert any("the disk had 8 frames, 9 are there" in each for each in verify(path).problems)
    recover(path)
    assert verify(path).sound


def test_marks_that_are_gone_are_missed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Store.create(path, INFO) as store:
        append(store.raw, 0, Position(0), make_pixels(0, INFO.shape_yx, INFO.dtype))
        for words in ("begin", "end"):
            store.mark(0, words, 1)
        store.finish(Ledger(1, 1, 0, 1))
    file = path / "livecare/events.jsonl"
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
    assert any("2 events were marked, 1 are there" in each for each in verify(path).problems)
    assert "2 events were marked, 1 are there" in str(recover(path))
    assert verify(path).complete
    assert recover(path).mended == ()


@pytest.mark.parametrize("gone", ["raw/0/c/1/0/0/0/0", "livecare/raw.frames.jsonl"])
def test_what_is_gone_is_not_exported_as_black(path: Path, gone: str) -> None:
    (path / gone).unlink()
    with pytest.raises(StoreDamagedError, match="run 'livecare verify"):
        export_ome_tiff(path, path.parent / "out.tif", "raw")
    assert not (path.parent / "out.tif").exists()


def test_differences_say_where() -> None:
    expected = {"a": [1, {"b": 2.0}], "c": True}
    assert list(differences({"a": [1, {"b": 2}], "c": True, "more": 1}, expected)) == []
    found = [str(each) for each in differences({"a": [1, {}], "c": 1}, expected)]
    assert found == ["a.1.b nothing instead of 2.0", "c 1 instead of True"]


@pytest.mark.parametrize("first", [2**31 - 2, 2**32 - 2, 2**40])
def test_a_recording_may_begin_late(tmp_path: Path, first: int) -> None:
    """As one of months would go on; lines and shards of before are not there."""
    path = tmp_path / "s"
    with Store.create(path, INFO, StoreOptions(shard_frames=2)) as store:
        for number in range(first, first + 4):
            pixels = make_pixels(number, INFO.shape_yx, INFO.dtype)
            append(store.raw, number, Position(number), pixels)
        assert store.raw.persisted in (-1, first + 3)
        store.finish(Ledger(first + 4, 4, 0, 4, failed=first))
    verification = verify(path)
    assert verification.sound, verification
    assert f"raw: 4 frames, {first} missing: 0-{first - 1}" in str(verification)
    reader = StoreReader(path)
    for number in range(first, first + 4):
        found = reader.read("raw", Position(number))
        np.testing.assert_array_equal(found, make_pixels(number, INFO.shape_yx, INFO.dtype))
    assert recover(path).mended == ()


def test_lines_may_reach_beyond_4_gib(tmp_path: Path) -> None:
    """A day of frames has that much; the hole before them takes no room."""
    path = tmp_path / "s"
    with Store.create(path, INFO) as store:
        lines = store.raw._lines
        lines._file.truncate(2**32 - 100)
        lines.size = 2**32 - 100
        for number in range(2):
            append(
                store.raw, number, Position(number), make_pixels(number, INFO.shape_yx, "uint16")
            )
        store.sync()
        assert store.raw.backlog.synced.line_bytes == lines.size > 2**32
        assert lines._file.size == lines.size
        written = lines._file.read_at(2**32 - 100, 5000).splitlines()
    assert [json.loads(line)["sequence"] for line in written] == [0, 1]
