"""TIFF of every kind: every frame, and what the file says about the axes."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile
from image_files import assert_frames, stack, write_ome, write_ome_set, write_pages

from livecare.errors import UsageError
from livecare.frame import Position
from livecare.images import open_images


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_ome_tiff(
    tmp_path: Path, byteorder: str, compression: str | None, *, bigtiff: bool
) -> None:
    frames, path = stack(), tmp_path / "a.ome.tif"
    described = {
        "axes": "TCZYX",
        "PhysicalSizeX": 65.0,
        "PhysicalSizeXUnit": "nm",
        "PhysicalSizeZ": 0.3,
        "PhysicalSizeZUnit": "µm",
        "TimeIncrement": 50.0,
        "TimeIncrementUnit": "ms",
        "Channel": {"Name": ["GFP", "RFP"]},
    }
    with tifffile.TiffWriter(path, bigtiff=bigtiff, byteorder=byteorder, ome=True) as tiff:
        tiff.write(frames, compression=compression, metadata=described, photometric="minisblack")
    with open_images(path) as images:
        assert_frames(images, frames)
        assert images.channels == ("GFP", "RFP")
        assert images.pixel_size_um == pytest.approx(0.065)
        assert images.z_step_um == pytest.approx(0.3)
        assert images.interval_s == pytest.approx(0.05)
        assert (images.name, images.dtype) == ("a.ome.tif", "uint16")


@pytest.mark.parametrize("axes", ["TZCYX", "CTZYX", "ZCTYX"])
def test_ome_axes_in_any_order(tmp_path: Path, axes: str) -> None:
    frames = stack()
    order = [("TCZYX").index(axis) for axis in axes]
    path = write_ome(tmp_path / "a.ome.tif", frames.transpose(order), axes)
    with open_images(path) as images:
        assert_frames(images, frames)


def test_ome_images_are_positions(tmp_path: Path) -> None:
    frames = stack((2, 3, 1, 2, 8, 9))
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as tiff:
        for p, position in enumerate(frames):
            tiff.write(position, metadata={"axes": "TCZYX", "Name": f"well {p}"})
    with open_images(path) as images:
        assert images.positions == ("well 0", "well 1")
        for p, position in enumerate(frames):
            assert_frames(images, position, p)


def test_ome_images_of_unequal_size(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as tiff:
        tiff.write(stack((3, 8, 9)), metadata={"axes": "TYX"})
        tiff.write(stack((3, 8, 10)), metadata={"axes": "TYX"})
    with pytest.raises(UsageError, match=r"a\.ome\.tif: image 1 is .*save each in a file"):
        open_images(path)


def test_ome_of_several_files(tmp_path: Path) -> None:
    frames, paths = write_ome_set(tmp_path)
    for path in paths:
        with open_images(path) as images:
            assert_frames(images, frames)


def test_ome_of_several_files_with_one_missing(tmp_path: Path) -> None:
    _, paths = write_ome_set(tmp_path)
    paths[1].unlink()
    with pytest.raises(UsageError, match=r"set_0\.ome\.tif .*6 frames are described, 4 are there"):
        open_images(paths[0])


def test_a_part_of_an_ome_recording_names_the_whole(tmp_path: Path) -> None:
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1">'
        '<BinaryOnly MetadataFile="whole.ome.tif" UUID="urn:uuid:0"/></OME>'
    )
    path = tmp_path / "part.ome.tif"
    tifffile.imwrite(path, stack((8, 9)), description=xml, metadata=None)
    with pytest.raises(UsageError, match=r"part\.ome\.tif is a part.*whole\.ome\.tif instead"):
        open_images(path)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_imagej_hyperstack(tmp_path: Path, dtype: str) -> None:
    frames, path = stack(dtype=dtype), tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        frames.transpose(0, 2, 1, 3, 4),
        imagej=True,
        resolution=(1 / 0.108, 1 / 0.108),
        metadata={"axes": "TZCYX", "spacing": 0.5, "unit": "um", "finterval": 0.2},
    )
    with open_images(path) as images:
        assert_frames(images, frames)
        assert images.dtype == dtype
        assert images.pixel_size_um == pytest.approx(0.108, rel=1e-4)
        assert images.z_step_um == pytest.approx(0.5)
        assert images.interval_s == pytest.approx(0.2)
        assert images.metadata["format"] == "imagej"


def test_pages_without_a_description_are_time_points(tmp_path: Path) -> None:
    frames = stack((5, 8, 9))
    with open_images(write_pages(tmp_path / "a.tif", list(frames))) as images:
        assert_frames(images, frames[:, None, None])
        assert images.pixel_size_um is None


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_pages_that_were_written_one_by_one_are_time_points(
    tmp_path: Path, compression: str | None
) -> None:
    frames = stack((5, 8, 9))
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        for frame in frames:
            tiff.write(frame, compression=compression)
    for t, frame in enumerate(frames):
        tifffile.imwrite(tmp_path / "b.tif", frame, append=t > 0)
    for name in ("a.tif", "b.tif"):
        with open_images(tmp_path / name) as images:
            assert_frames(images, frames[:, None, None])
            assert len(images.positions) == 1


def test_series_that_were_written_one_by_one_follow_each_other(tmp_path: Path) -> None:
    frames, path = stack((3, 2, 4, 8, 9)), tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tiff:
        for each in frames:
            tiff.write(each, metadata={"axes": "CZYX"}, photometric="minisblack")
    with open_images(path) as images:
        assert_frames(images, frames)
    with tifffile.TiffWriter(path) as tiff:
        for each in (frames, frames + 1):
            tiff.write(each, metadata={"axes": "TCZYX"}, photometric="minisblack")
    with open_images(path) as images:
        assert_frames(images, np.concatenate([frames, frames + 1]))


def test_resolution_in_centimetres_is_a_pixel_size_and_dots_per_inch_are_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.tif"
    for unit, resolution, expected in (
        ("CENTIMETER", 1e5, 0.1),
        ("INCH", 300.0, None),
        ("CENTIMETER", 28.3, None),
    ):
        tifffile.imwrite(path, stack((8, 9)), resolution=(resolution,) * 2, resolutionunit=unit)
        with open_images(path) as images:
            assert images.pixel_size_um == (expected and pytest.approx(expected))


def test_a_fourth_axis_is_stage_positions(tmp_path: Path) -> None:
    frames, path = stack((4, 2, 8, 9)), tmp_path / "a.tif"
    tifffile.imwrite(path, frames, photometric="minisblack", metadata={"axes": "SCYX"})
    with open_images(path) as images:
        assert len(images.positions) == 4
        for p in range(4):
            assert_frames(images, frames[p][None, :, None], p)


@pytest.mark.parametrize(
    ("stored", "read_as"),
    [("int16", "uint16"), ("uint32", "uint16"), ("int8", "uint8"), ("float16", "float32")],
)
def test_other_types_are_read_where_nothing_is_lost(
    tmp_path: Path, stored: str, read_as: str
) -> None:
    frames = stack((3, 8, 9)) // 2
    path = write_pages(tmp_path / "a.tif", list(frames.astype(stored)))
    with open_images(path) as images:
        assert images.dtype == read_as
        assert_frames(images, frames[:, None, None].astype(read_as))


@pytest.mark.parametrize(("stored", "value"), [("int16", -3), ("int32", 70000)])
def test_values_that_would_be_lost(tmp_path: Path, stored: str, value: int) -> None:
    frames = stack((3, 8, 9), stored)
    frames[1, 2, 3] = value
    with open_images(write_pages(tmp_path / "a.tif", list(frames))) as images:
        images.read(0)
        with pytest.raises(UsageError, match=rf"a\.tif, frame t=1, .*{value}.*16-bit"):
            images.read(1)


@pytest.mark.parametrize("stored", ["float64", "complex64", "bool"])
def test_types_that_are_not_read(tmp_path: Path, stored: str) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stack((8, 9)).astype(stored))
    with pytest.raises(UsageError, match=rf"a\.tif: its pixels are {stored}.*Image > Type"):
        open_images(path)


def test_colour(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    for planar in ("contig", "separate"):
        shape = (8, 9, 3) if planar == "contig" else (3, 8, 9)
        tifffile.imwrite(path, stack(shape, "uint8"), photometric="rgb", planarconfig=planar)
        with pytest.raises(UsageError, match=r"a\.tif: .*colour.*Split Channels"):
            open_images(path)


def test_planes_are_frames_in_time_where_there_are_no_time_points(tmp_path: Path) -> None:
    for axes, shape in (("TZYX", (3, 2, 8, 9)), ("ZYX", (2, 8, 9))):
        pixels = np.zeros(shape, np.uint16)
        tifffile.imwrite(tmp_path / f"{axes}.ome.tif", pixels, metadata={"axes": axes})
    with open_images(tmp_path / "TZYX.ome.tif") as images:
        assert images.in_time(z=1) == [Position(t, 0, 1) for t in range(3)]
    with open_images(tmp_path / "ZYX.ome.tif") as images:
        assert images.in_time() == [Position(0, 0, z) for z in range(2)]


@pytest.mark.parametrize("odd", [1, 5])
def test_unequal_pages(tmp_path: Path, odd: int) -> None:
    pages = list(stack((9, 8, 9)))
    pages[odd] = pages[odd][:, :7]
    path = write_pages(tmp_path / "a.tif", pages)
    with pytest.raises(
        UsageError, match=rf"a\.tif: page {odd + 1} has 8 × 7 pixels.*page 1 has 8 × 9"
    ):
        open_images(path)
    pages[odd] = stack((8, 9), "uint8")
    with pytest.raises(UsageError, match=rf"page {odd + 1} has .* 8-bit .*page 1 has .* 16-bit"):
        open_images(write_pages(path, pages))


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.tif does not exist"):
        open_images(tmp_path / "nowhere.tif")
    (tmp_path / "a.czi").write_bytes(b"ZISRAWFILE")
    with pytest.raises(UsageError, match=r"a\.czi is no TIFF.*OME-TIFF"):
        open_images(tmp_path / "a.czi")
    with pytest.raises(UsageError, match="is a folder, but no recording"):
        open_images(tmp_path)
    with open_images(write_pages(tmp_path / "a.tif", list(stack((3, 8, 9))))) as images:
        for wrong in ({"t": 3}, {"c": 1}, {"z": 1}, {"p": 1}, {"t": -1}):
            with pytest.raises(UsageError, match=r"a\.tif has no frame"):
                images.read(**wrong)


@pytest.mark.parametrize("kind", ["plain", "contiguous", "ome"])
def test_one_frame_is_in_memory_at_a_time(tmp_path: Path, kind: str) -> None:
    frames, path = stack((60, 256, 256)), tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        frames,
        ome=kind == "ome",
        metadata={"axes": "TYX"},
        compression="zlib" if kind == "plain" else None,
    )
    tracemalloc.start()
    with open_images(path) as images:
        for t in range(60):
            images.read(t)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < frames.nbytes / 4


def test_recorded_files(recorded_data: Path) -> None:
    with open_images(recorded_data / "nandb_fkbp" / "well1_cell1_after.tif") as images:
        assert images.shape == (50, 1, 1, 256, 256)
        expected = tifffile.imread(images.path)
        for t in range(50):
            np.testing.assert_array_equal(images.read(t), expected[t])
    with open_images(recorded_data / "w2s8" / "input_avg1_001-020.tif") as images:
        assert (images.shape, len(images.positions)) == ((1, 3, 1, 512, 512), 20)
        expected = tifffile.imread(images.path)
        np.testing.assert_array_equal(images.read(c=2, p=19), expected[19, 2])
    with open_images(recorded_data / "volume" / "lls_raw.tif") as images:
        assert images.shape == (1, 1, 88, 320, 256)
    zeiss = recorded_data / "formats" / "zeiss" / "FOV7_HV110_P0500510000.ome.tiff"
    with open_images(zeiss) as images:
        assert (images.shape, images.dtype) == ((1, 1, 1, 512, 512), "uint8")
        assert images.pixel_size_um is None, "its resolution is 0 / 1000"
        np.testing.assert_array_equal(images.read(), tifffile.imread(zeiss))
