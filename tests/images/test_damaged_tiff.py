"""TIFF files that are cut, damaged or no TIFF: an error that names them, never other pixels."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from image_files import cut, stack, write_ome, write_pages

from livecare.errors import MissingExtraError, UsageError
from livecare.images import open_images


def test_a_file_that_is_cut_short_is_never_read_as_a_short_recording(tmp_path: Path) -> None:
    frames = stack((6, 1, 1, 32, 32))
    writers = {
        "pages.tif": lambda path: write_pages(path, list(frames[:, 0, 0])),
        "shaped.tif": lambda path: tifffile.imwrite(path, frames[:, 0, 0]),
        "shaped-zlib.tif": lambda path: tifffile.imwrite(path, frames[:, 0, 0], compression="zlib"),
        "imagej.tif": lambda path: tifffile.imwrite(path, frames[:, 0, 0], imagej=True),
        "ome.ome.tif": lambda path: write_ome(path, frames),
        "big.ome.tif": lambda path: tifffile.imwrite(path, frames, bigtiff=True, ome=True),
    }
    for name, write in writers.items():
        for kept in (0.001, 0.2, 0.5, 0.8, 0.97):
            path = tmp_path / name
            write(path)
            cut(path, kept)
            with pytest.raises(UsageError, match=name):
                read_all(path)


def read_all(path: Path) -> None:
    with open_images(path) as images:
        for t in range(images.shape[0]):
            images.read(t)


def test_garbage_under_the_name_of_a_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    rng = np.random.default_rng(1)
    for start in (b"", b"hello", b"II*\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0"):
        path.write_bytes(start + rng.bytes(500))
        with pytest.raises(UsageError, match=r"a\.tif"):
            open_images(path)


def test_damaged_bytes_anywhere_are_an_error_of_ours_or_none(tmp_path: Path) -> None:
    frames, path = stack((3, 2, 12, 15)), tmp_path / "a.tif"
    described = {"axes": "TCYX"}
    rng = np.random.default_rng(5)
    refused = []
    for kind in ({"ome": True}, {"imagej": True}, {"bigtiff": True}, {"compression": "zlib"}):
        tifffile.imwrite(path, frames, photometric="minisblack", metadata=described, **kind)
        whole = path.read_bytes()
        for _ in range(60):
            content = bytearray(whole)
            content[rng.integers(600)] = rng.integers(256)
            path.write_bytes(content)
            try:
                read_all(path)
            except UsageError as error:
                refused.append(str(error))
    assert len(refused) > 30
    assert all("a.tif" in words for words in refused)


def test_a_damaged_byte_in_compressed_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stack((3, 64, 64)), compression="zlib", photometric="minisblack")
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[1].dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[offset : offset + 20] = bytes(20)
    path.write_bytes(content)
    with open_images(path) as images:
        images.read(0)
        with pytest.raises(UsageError, match=r"a\.tif, frame t=1, .* cannot be read"):
            images.read(1)


def test_a_compression_that_needs_another_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stack((3, 8, 9)), compression="zlib", photometric="minisblack")

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package")

    monkeypatch.setattr(tifffile.TiffPage, "asarray", refuse)
    with (
        open_images(path) as images,
        pytest.raises(MissingExtraError, match=r"a\.tif: its compression.*livecare\[tiff\]"),
    ):
        images.read()
