"""NDTiff data sets as Micro-Manager wrote them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from writable_copy import writable_copy

from livecare.errors import UsageError
from livecare.images import list_recordings, open_images
from livecare.images.ndtiff_index import read_index

CASES = {
    "ndtiffv2.0_test": ((5, 2, 1, 32, 32), ("DAPI", "FITC")),
    "12_bit_pycromanager_mda": ((4, 2, 1, 64, 64), ("DAPI", "FITC")),
    "ndtiff3.2_multichannel": ((8, 2, 16, 64, 64), ("DAPI", "FITC")),
}


@pytest.fixture
def data_sets(recorded_data: Path, tmp_path: Path) -> Path:
    """Copies that a test may damage."""
    return writable_copy(recorded_data / "formats" / "ndtiff", tmp_path / "ndtiff")


@pytest.mark.parametrize("name", CASES)
def test_every_frame(recorded_data: Path, name: str) -> None:
    folder = recorded_data / "formats" / "ndtiff" / name
    shape, channels = CASES[name]
    [stack] = folder.rglob("*.tif")
    expected = tifffile.imread(stack).reshape(shape)
    for path in (folder, stack):
        with open_images(path) as images:
            assert (images.shape, images.channels) == (shape, channels)
            assert images.pixel_size_um == 1.0
            assert images.dtype == "uint16"
            for t, c, z in np.ndindex(*shape[:3]):
                np.testing.assert_array_equal(images.read(t, c, z), expected[t, c, z])


def test_data_sets_are_recordings_of_a_folder(data_sets: Path) -> None:
    assert [path.name for path in list_recordings(data_sets)] == sorted(CASES)


def test_a_data_set_that_was_stopped_lacks_its_last_frames(data_sets: Path) -> None:
    folder = data_sets / "12_bit_pycromanager_mda"
    index = folder / "NDTiff.index"
    content = index.read_bytes()
    index.write_bytes(content[: len(content) - 40])
    with open_images(folder) as images:
        assert images.shape[0] == 4
        assert images.find(3, 1) is None
        with pytest.raises(UsageError, match=r"lacks the frame t=3, c=1"):
            images.read(3, 1)


@pytest.mark.parametrize("padding", [0, 4096])
def test_an_index_whose_last_entry_is_half_written(data_sets: Path, padding: int) -> None:
    """Micro-Manager fills it with zeros beforehand; Python's writer appends to it."""
    index = data_sets / "12_bit_pycromanager_mda" / "NDTiff.index"
    content, entries = index.read_bytes(), list(read_index(index))
    for end in range(entries[-1].listed_at, len(content)):
        index.write_bytes(content[:end] + bytes(padding))
        *found, last = read_index(index)
        if len(found) == len(entries) - 1:
            assert replace(last, text_bytes=0) == replace(entries[-1], text_bytes=0)
            last = found[-1]
            assert end > len(content) - 8, "all but the length of its text is there"
        assert last == entries[-2]


def test_zeros_within_an_index_are_damage(data_sets: Path) -> None:
    index = data_sets / "12_bit_pycromanager_mda" / "NDTiff.index"
    content = bytearray(index.read_bytes())
    content[6] = 0
    index.write_bytes(content + bytes(4096))
    with pytest.raises(UsageError, match=r"NDTiff\.index is damaged .*zeros"):
        list(read_index(index))


def test_an_index_that_may_not_be_read(data_sets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UsageError, match=r"NDTiff\.index cannot be read \(Permission denied\)"):
        open_images(data_sets / "12_bit_pycromanager_mda")


def test_a_tiff_beside_an_index_that_does_not_name_it(data_sets: Path) -> None:
    for folder in ("12_bit_pycromanager_mda", "ndtiffv2.0_test"):
        path, pixels = data_sets / folder / "dark.tif", np.full((8, 9), 7, "uint16")
        tifffile.imwrite(path, pixels)
        with open_images(path) as images:
            assert images.shape == (1, 1, 1, 8, 9)
            np.testing.assert_array_equal(images.read(), pixels)


def test_damage(data_sets: Path) -> None:
    folder = data_sets / "12_bit_pycromanager_mda"
    index = folder / "NDTiff.index"
    [stack] = folder.glob("*.tif")
    whole = stack.read_bytes()
    stack.write_bytes(whole[: len(whole) // 2])
    with open_images(folder) as images, pytest.raises(UsageError, match="is cut short"):
        images.read(3, 1)
    stack.unlink()
    with pytest.raises(UsageError, match=r"cannot be read .*NDTiff\.index"):
        open_images(folder)
    content = bytearray(index.read_bytes())
    content[6:9] = b"\xff\xfe\x00"
    index.write_bytes(content)
    with pytest.raises(UsageError, match=r"NDTiff\.index is damaged"):
        open_images(folder)
    index.write_bytes(b"")
    with pytest.raises(UsageError, match=r"NDTiff\.index lists no frame"):
        open_images(folder)
