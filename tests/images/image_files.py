"""Files of every format with known frames."""

from pathlib import Path

import numpy as np
import tifffile

from livecare.frame import Pixels
from livecare.images import ImageFile

TCZYX = (3, 2, 4, 12, 15)
"""Sizes of the axes of `stack`; all differ."""


def stack(shape: tuple[int, ...] = TCZYX, dtype: str = "uint16") -> Pixels:
    """Make frames of which no two are alike."""
    rng = np.random.default_rng(len(shape))
    return rng.integers(0, 200, shape).astype(dtype)


def assert_frames(images: ImageFile, expected: Pixels, p: int = 0) -> None:
    """Compare every frame with an array of axes t, c, z, y, x."""
    assert images.shape == expected.shape
    for t, c, z in np.ndindex(*expected.shape[:3]):
        found = images.read(t, c, z, p)
        assert found.dtype.name == images.dtype
        assert found.dtype.isnative
        np.testing.assert_array_equal(found, expected[t, c, z])


def write_ome(path: Path, frames: Pixels, axes: str = "TCZYX", **metadata: object) -> Path:
    tifffile.imwrite(
        path, frames, ome=True, photometric="minisblack", metadata={"axes": axes, **metadata}
    )
    return path


def write_ome_set(folder: Path) -> tuple[Pixels, list[Path]]:
    """Write one recording of which each time point has a file."""
    frames = stack((3, 2, 1, 8, 9))
    names = [f"set_{t}.ome.tif" for t in range(3)]
    blocks = "".join(
        f'<TiffData FirstT="{t}" IFD="0" PlaneCount="2"><UUID FileName="{name}">urn:uuid:{t}'
        "</UUID></TiffData>"
        for t, name in enumerate(names)
    )
    for t, name in enumerate(names):
        xml = (
            f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{t}">'
            '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" '
            'SizeX="9" SizeY="8" SizeC="2" SizeZ="1" SizeT="3">'
            f'<Channel ID="Channel:0:0"/><Channel ID="Channel:0:1"/>{blocks}</Pixels></Image></OME>'
        )
        tifffile.imwrite(
            folder / name, frames[t, :, 0], description=xml, metadata=None, photometric="minisblack"
        )
    return frames, [folder / name for name in names]


def write_pages(path: Path, pages: list[Pixels]) -> Path:
    """Write a TIFF that says nothing about its axes."""
    with tifffile.TiffWriter(path) as tiff:
        for page in pages:
            tiff.write(page, metadata=None, photometric="minisblack")
    return path


def cut(path: Path, kept: float) -> Path:
    """Leave only the first part of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    return path
