"""Micro-Manager's image stacks: OME-TIFF with an index of their own."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from image_files import assert_frames, stack, write_ome

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.images import open_images

TAGS = 13
"""Tags of a page in such a file, always."""


def write_stack(path: Path, frames: Pixels, *, planned_t: int, without_last: int = 0) -> Path:
    """Write frames of axes t, c, y, x as Micro-Manager does, with the OME-XML at the end."""
    size_t, size_c, rows, columns = frames.shape
    summary = json.dumps(
        {
            "MicroManagerVersion": "2.0.3",
            "Frames": planned_t,
            "Channels": size_c,
            "Slices": 1,
            "Positions": 1,
            "TimeFirst": False,
            "SlicesFirst": True,
            "PixelSize_um": 0.5,
            "Prefix": path.name.split("_MMStack")[0],
        }
    ).encode()
    start = 40 + len(summary)
    start += start % 2
    size = 2 + 12 * TAGS + 4 + rows * columns * 2
    places = [start + number * size for number in range(size_t * size_c - without_last)]
    index_at = places[-1] + size
    index = struct.pack("<II", 3453623, len(places))
    for number, place in enumerate(places):
        t, c = divmod(number, size_c)
        index += struct.pack("<iiiiI", c, 0, t, 0, place)
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="{columns}" '
        f'SizeY="{rows}" SizeC="{size_c}" SizeZ="1" SizeT="{planned_t}" PhysicalSizeX="0.5">'
        '<Channel ID="Channel:0:0" Name="GFP"/><Channel ID="Channel:0:1" Name="RFP"/>'
        "<TiffData/></Pixels></Image></OME>\0"
    ).encode()
    xml_at = index_at + len(index)
    content = b"II*\0" + struct.pack("<I", places[0])
    content += struct.pack("<IIIIII", 54773648, index_at, 483765892, 0, 99384722, 0)
    content += struct.pack("<II", 2355492, len(summary)) + summary
    content = content.ljust(start, b"\0")
    for number, place in enumerate(places):
        follows = places[number + 1] if number + 1 < len(places) else 0
        pixels = np.ascontiguousarray(frames[divmod(number, size_c)], "<u2").tobytes()
        content += page(place, follows, rows, columns, (xml_at, len(xml)), len(summary)) + pixels
    path.write_bytes(content + index + xml)
    return path


def page(
    place: int, follows: int, rows: int, columns: int, xml: tuple[int, int], summary: int
) -> bytes:
    """Return a page's tags; its pixels follow it."""
    pixels_at = place + 2 + 12 * TAGS + 4
    numbers = {
        256: columns,
        257: rows,
        258: 16,
        259: 1,
        262: 1,
        270: xml[0],
        273: pixels_at,
        277: 1,
        278: rows,
        279: rows * columns * 2,
        284: 1,
        296: 3,
        51123: 40,  # the frame's own metadata, JSON as the summary is
    }
    tags = b""
    for code, number in numbers.items():
        sort, count = {270: (2, xml[1]), 51123: (2, summary)}.get(code, (4, 1))
        tags += struct.pack("<HHII", code, sort, count, number)
    return struct.pack("<H", TAGS) + tags + struct.pack("<I", follows)


def test_a_stack(tmp_path: Path) -> None:
    frames = stack((3, 2, 12, 15))
    path = write_stack(tmp_path / "a_1_MMStack_Default.ome.tif", frames, planned_t=3)
    with open_images(path) as images:
        assert_frames(images, frames[:, :, None])
        assert images.channels == ("GFP", "RFP")
        assert images.pixel_size_um == pytest.approx(0.5)


def test_a_stack_that_was_stopped_is_as_long_as_it_is(tmp_path: Path) -> None:
    frames = stack((3, 2, 12, 15))
    path = write_stack(tmp_path / "a_1_MMStack_Default.ome.tif", frames, planned_t=50)
    with open_images(path) as images:
        assert_frames(images, frames[:, :, None])


def test_a_stack_that_was_stopped_between_two_channels(tmp_path: Path) -> None:
    frames = stack((3, 2, 12, 15))
    path = tmp_path / "a_1_MMStack_Default.ome.tif"
    with open_images(write_stack(path, frames, planned_t=50, without_last=1)) as images:
        assert images.shape[:2] == (3, 2)
        np.testing.assert_array_equal(images.read(2, 0), frames[2, 0])
        assert images.find(2, 1) is None


def test_a_stack_that_is_cut_short(tmp_path: Path) -> None:
    frames = stack((3, 2, 12, 15))
    path = write_stack(tmp_path / "a_1_MMStack_Default.ome.tif", frames, planned_t=3)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UsageError, match=r"MMStack_Default\.ome\.tif"):
        open_images(path)


def test_brackets_in_the_names_of_a_stack_that_was_stopped(tmp_path: Path) -> None:
    """They are no pattern to look for files with."""
    frames = stack((3, 2, 12, 15))
    for folder, name in (("cells [1]", "a_1"), ("cells", "a[2]_1"), ("cells [3]", "a[3]_1")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"{name}_MMStack_Default.ome.tif"
        with open_images(write_stack(path, frames, planned_t=50)) as images:
            assert_frames(images, frames[:, :, None])
            assert images.channels == ("GFP", "RFP")


@pytest.mark.parametrize("restored", [True, False])
def test_a_file_that_is_no_part_of_the_stack_beside_it(tmp_path: Path, *, restored: bool) -> None:
    frames = stack((3, 2, 12, 15))
    path = write_stack(tmp_path / "a_1_MMStack_Default.ome.tif", frames, planned_t=50)
    other = tmp_path / "a_1_MMStack_Default_restored.ome.tif"
    if restored:
        write_ome(other, frames, "TCYX")
    else:
        other.write_bytes(b"nothing")
    words = r"a_1_MMStack_Default\.ome\.tif .*Default_restored\.ome\.tif beside it.* move it"
    with pytest.raises(UsageError, match=words):
        open_images(path)
    other.rename(tmp_path / "a_1_restored.ome.tif")
    with open_images(path) as images:
        assert_frames(images, frames[:, :, None])
