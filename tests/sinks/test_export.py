"""Images of a recording as OME-TIFF."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import tifffile
from store_frames import append, make_info, make_pixels, positions, record, restored_pixels

from livecare import disk
from livecare.errors import StoreDamagedError, StoreExistsError, UsageError
from livecare.frame import PIXEL_TYPES, PixelType, Position
from livecare.sinks.export import export_ome_tiff
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store

OME = {"ome": "http://www.openmicroscopy.org/Schemas/OME/2016-06"}


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_every_pixel_is_exported(tmp_path: Path, dtype: PixelType) -> None:
    info = make_info((21, 34), dtype, channels=2, size_z=3, positions=2)
    store = record(tmp_path / "s", info, 48, restored=48)
    for p in range(2):
        out = tmp_path / f"{p}.ome.tif"
        export = export_ome_tiff(store, out, position=p)
        assert (export.path, export.frames, export.missing) == (out, 24, 0)
        with tifffile.TiffFile(out) as tiff:
            assert tiff.is_bigtiff
            assert tiff.series[0].axes == "TZCYX"
            found = tiff.asarray()
        assert found.shape == (4, 3, 2, 21, 34)
        assert found.dtype == dtype
        for sequence, at in zip(range(48), positions(info), strict=False):
            if at.p == p:
                expected = restored_pixels(make_pixels(sequence, info.shape_yx, dtype), dtype)
                np.testing.assert_array_equal(found[at.t, at.z, at.c], expected)


def test_the_metadata_travel(tmp_path: Path) -> None:
    info = make_info(channels=2, size_z=2)
    store = record(tmp_path / "s", info, 8, restored=8)
    export_ome_tiff(store, tmp_path / "out.ome.tif")
    with tifffile.TiffFile(tmp_path / "out.ome.tif") as tiff:
        root = ET.fromstring(tiff.ome_metadata or "")  # noqa: S314  # we wrote it
    [pixels] = root.findall(".//ome:Pixels", OME)
    assert pixels.get("DimensionOrder") == "XYCZT"
    assert [pixels.get(f"PhysicalSize{axis}") for axis in "XYZ"] == ["0.108", "0.108", "0.5"]
    assert pixels.get("PhysicalSizeXUnit") == "µm"
    assert (pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit")) == ("2.0", "s")
    names = [channel.get("Name") for channel in root.findall(".//ome:Channel", OME)]
    assert names == ["channel 0", "channel 1"]
    [description] = root.findall(".//ome:Description", OME)
    assert "restored, not for intensity measurement" in (description.text or "")


def test_missing_frames_are_black_and_told(tmp_path: Path) -> None:
    info = make_info()
    pixels = make_pixels(0, info.shape_yx, info.dtype)
    with Store.create(tmp_path / "s", info) as store:
        for t in (0, 3):
            append(store.raw, t, Position(t), pixels)
        export = export_ome_tiff(tmp_path / "s", tmp_path / "out.ome.tif", "raw")
    assert (export.frames, export.missing) == (4, 2)
    assert "2 of them missing" in str(export)
    with tifffile.TiffFile(tmp_path / "out.ome.tif") as tiff:
        assert "2 missing frames are black" in (tiff.ome_metadata or "")
        assert "intensity" not in (tiff.ome_metadata or "")
        found = tiff.asarray()
    assert [bool(frame.any()) for frame in found] == [True, False, False, True]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    store = record(tmp_path / "s", make_info(), 1)
    (tmp_path / "out.tif").write_text("mine")
    with pytest.raises(StoreExistsError, match="choose another name"):
        export_ome_tiff(store, tmp_path / "out.tif", "raw")
    assert (tmp_path / "out.tif").read_text() == "mine"


def test_what_is_not_there_cannot_be_exported(tmp_path: Path) -> None:
    store = record(tmp_path / "s", make_info(), 1)
    with pytest.raises(UsageError, match="no stage position 1"):
        export_ome_tiff(store, tmp_path / "out.tif", "raw", position=1)
    with pytest.raises(UsageError, match="no restored frame"):
        export_ome_tiff(store, tmp_path / "out.tif")
    with pytest.raises(UsageError, match="no stage position -1"):
        export_ome_tiff(store, tmp_path / "out.tif", position=-1)


def test_where_no_file_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = record(tmp_path / "s", make_info(), 1)
    with pytest.raises(UsageError, match="there is no folder"):
        export_ome_tiff(store, tmp_path / "nowhere" / "out.tif", "raw")
    with pytest.raises(UsageError, match="within the recording"):
        export_ome_tiff(store, store / "raw" / "out.tif", "raw")
    monkeypatch.setattr(disk.os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="Permission denied; choose a folder"):
        export_ome_tiff(store, tmp_path / "out.tif", "raw")


def test_a_damaged_frame_leaves_no_file(tmp_path: Path) -> None:
    store = record(tmp_path / "s", make_info(), 3)
    place = list(StoreReader(store).lines("raw"))[1].place
    with (store / place.shard).open("r+b") as file:
        file.seek(place.offset)
        file.write(b"\xff\xff")
    with pytest.raises(StoreDamagedError, match="t=1"):
        export_ome_tiff(store, tmp_path / "out.tif", "raw")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s"]
