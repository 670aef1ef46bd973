"""Wherever restored pixels go, they say that they are, and which model made them."""

import json
import xml.etree.ElementTree as ET
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import tifffile
from told_runs import SHA, append, header, info_of, pixels_of, positions, record, restoration

from livecare.frame import Ledger, Position
from livecare.sinks.export import export_ome_tiff
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

NOTE = "restored, not for intensity measurement"
MAKER = {
    "model": "tiny <net>",
    "model_sha256": SHA,
    "engine": "onnxruntime",
    "precision": "fp32",
    "normalisation": "anscombe",
}


def metadata_of(store: Path, image: str) -> dict[str, Any]:
    document = json.loads((store / image / "zarr.json").read_bytes())
    metadata: dict[str, Any] = document["attributes"]["ome"]["multiscales"][0]["metadata"]
    return metadata


def described(path: Path) -> str:
    with tifffile.TiffFile(path) as tiff:
        root = ET.fromstring(tiff.ome_metadata or "")  # noqa: S314 - we wrote it
    found = [each.text or "" for each in root.iter() if each.tag.endswith("}Description")]
    return "\n".join(found)


def test_every_restored_image_of_a_recording_names_its_model(tmp_path: Path) -> None:
    store = record(tmp_path / "s", info_of(positions=("A1", "B2")), frames=6)
    for image in ("restored_p000", "restored_p001"):
        metadata = metadata_of(store, image)
        assert metadata["description"] == NOTE
        assert metadata["made_by"] == [MAKER]
    assert "made_by" not in metadata_of(store, "raw_p000")
    verification = verify(store)
    assert (verification.complete, verification.problems, verification.notes) == (True, (), ())


def test_a_recording_without_restored_frames_names_none(tmp_path: Path) -> None:
    store = record(tmp_path / "s", frames=3, restored=0)
    assert "made_by" not in metadata_of(store, "restored")


def test_a_killed_recording_names_it_once_it_is_recovered(tmp_path: Path) -> None:
    store = record(tmp_path / "s", frames=6, restored=4, finish=False)
    assert "made_by" not in metadata_of(store, "restored")
    assert recover(store).mended
    assert metadata_of(store, "restored")["made_by"] == [MAKER]
    before = (store / "restored" / "zarr.json").read_bytes()
    assert not recover(store).mended
    assert (store / "restored" / "zarr.json").read_bytes() == before
    assert verify(store).sound


def test_a_recording_that_has_grown_names_it_in_every_image(tmp_path: Path) -> None:
    info = replace(info_of(), grows=True)
    grown = replace(info, positions=("A1", "B2"))
    with Store.create(tmp_path / "s", info) as store:
        store.grow(grown)
        for p in range(2):
            at, made = Position(0, p=p), asdict(restoration(p))
            append(store.raw, header(p, at, info), pixels_of(p, info))
            append(store.restored, header(p, at, info), pixels_of(p, info), made)
        store.finish(Ledger(2, 2, 2))
    for image in ("restored", "restored_p001"):
        assert metadata_of(tmp_path / "s", image)["made_by"] == [MAKER]
    assert verify(tmp_path / "s").sound


def test_what_another_program_has_set_stays(tmp_path: Path) -> None:
    info = info_of()
    with Store.create(tmp_path / "s", info) as store:
        path = tmp_path / "s" / "restored" / "zarr.json"
        document = json.loads(path.read_bytes())
        document["attributes"]["ome"]["omero"]["channels"][0]["color"] = "123456"
        path.write_text(json.dumps(document), encoding="utf-8")
        made = asdict(restoration(0))
        append(store.raw, header(0, Position(0), info), pixels_of(0, info))
        append(store.restored, header(0, Position(0), info), pixels_of(0, info), made)
        store.finish(Ledger(1, 1, 1))
    document = json.loads(path.read_bytes())
    assert document["attributes"]["ome"]["omero"]["channels"][0]["color"] == "123456"
    assert metadata_of(tmp_path / "s", "restored")["made_by"] == [MAKER]


@pytest.mark.parametrize("spoilt", [b"{", b"{}", None])
def test_attributes_that_cannot_be_read_do_not_keep_a_recording_from_its_end(
    tmp_path: Path, spoilt: bytes | None
) -> None:
    info = info_of()
    with Store.create(tmp_path / "s", info) as store:
        made = asdict(restoration(0))
        append(store.raw, header(0, Position(0), info), pixels_of(0, info))
        append(store.restored, header(0, Position(0), info), pixels_of(0, info), made)
        path = tmp_path / "s" / "restored" / "zarr.json"
        if spoilt is None:
            path.unlink()
        else:
            path.write_bytes(spoilt)
        store.finish(Ledger(1, 1, 1))
    verification = verify(tmp_path / "s")
    assert verification.state == "complete"
    assert any("restored/zarr.json" in problem for problem in verification.problems)


def test_an_exported_file_names_every_model(tmp_path: Path) -> None:
    info = info_of(positions=("A1", "B2"))
    with Store.create(tmp_path / "s", info) as store:
        for sequence, at in zip(range(4), positions(info), strict=False):
            other = {"model": "second", "model_sha256": "cd" * 32} if sequence == 3 else {}
            made = asdict(restoration(sequence, **other))
            append(store.raw, header(sequence, at, info), pixels_of(sequence, info))
            append(store.restored, header(sequence, at, info), pixels_of(sequence, info), made)
        store.finish(Ledger(4, 4, 4))
    for p in range(2):
        export_ome_tiff(tmp_path / "s", tmp_path / f"{p}.ome.tif", position=p)
    first, second = (described(tmp_path / f"{p}.ome.tif") for p in range(2))
    for text in (first, second):
        assert text.startswith(NOTE)
        assert f"restored by model tiny <net>, sha256 {SHA}, on onnxruntime (fp32)" in text
    assert ("model second" in first, "model second" in second) == (False, True)
    export_ome_tiff(tmp_path / "s", tmp_path / "raw.ome.tif", "raw")
    assert described(tmp_path / "raw.ome.tif").startswith("raw; run")
