"""A growth that was killed at any of its writes is finished, or never was, after `recover`."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr
from ome_models import check_metadata
from store_frames import append, content_of, make_info, make_pixels, restored_pixels

from livecare import disk
from livecare.frame import Position, StreamInfo
from livecare.sinks import array, manifest
from livecare.sinks.layout import LANES, array_name, image_name, image_names
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

SMALL = replace(make_info(), grows=True)
CHANNELS = replace(SMALL, channels=("channel 0", "GFP", "RFP"))
POSITIONS = replace(SMALL, positions=("well 0", "well 1", "well 2"))
ALL = replace(CHANNELS, size_z=3, positions=POSITIONS.positions)
FRAMES = 3


class KilledError(BaseException):
    """Nobody catches it: what should be written next is not, nor is anything cleaned up."""


class Executioner:
    """Replaces files, but for the n-th: of that only the beginning is written, under its own name.

    Parameters
    ----------
    n : int
        Which, from 0.
    """

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, path: Path, content: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            path.with_name(path.name + disk.PARTIAL_SUFFIX).write_bytes(content[:100])
            raise KilledError
        disk.replace_file(path, content)


def grow_and_die(path: Path, info: StreamInfo, n: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Record, and die at the n-th write of a growth; tell whether there was one."""
    store = Store.create(path, SMALL)
    for t in range(FRAMES):
        raw = make_pixels(t, SMALL.shape_yx, SMALL.dtype)
        append(store.raw, t, Position(t), raw)
        append(store.restored, t, Position(t), restored_pixels(raw, SMALL.dtype))
    executioner = Executioner(n)
    with monkeypatch.context() as dying:
        dying.setattr(array, "replace_file", executioner)
        dying.setattr(manifest, "replace_file", executioner)
        try:
            store.grow(info)
        except KilledError:
            return True
        finally:
            store.close()  # lets go of its thread and files, and writes no metadata
    return False


def killed_growths(folder: Path, info: StreamInfo, dying: pytest.MonkeyPatch) -> Iterator[Path]:
    for n in itertools.count():
        path = folder / f"killed-at-{n}.ome.zarr"
        if not grow_and_die(path, info, n, dying):
            return
        yield path


def check_says(path: Path, info: StreamInfo) -> None:
    """Every zarr.json says what the manifest says."""
    group = zarr.open_group(path, mode="r")
    assert group["OME"].attrs["ome"]["series"] == image_names(info)
    for lane, p in itertools.product(LANES, range(len(info.positions))):
        image = group[image_name(lane, p, info)].attrs["ome"]
        labels = [channel["label"] for channel in image["omero"]["channels"]]
        assert labels == list(info.channels)
        name = lane if len(info.positions) == 1 else f"{lane}, {info.positions[p]}"
        assert image["multiscales"][0]["name"] == name
        shape = (FRAMES, len(info.channels), info.size_z, *info.shape_yx)
        assert group[array_name(lane, p, info)].shape == shape


def check_frames(path: Path) -> None:
    reader = StoreReader(path)
    for t in range(FRAMES):
        raw = make_pixels(t, SMALL.shape_yx, SMALL.dtype)
        restored = restored_pixels(raw, SMALL.dtype)
        np.testing.assert_array_equal(reader.read("raw", Position(t)), raw)
        np.testing.assert_array_equal(reader.read("restored", Position(t)), restored)


@pytest.mark.parametrize("grown", [CHANNELS, POSITIONS, ALL], ids=["channels", "positions", "all"])
def test_a_growth_killed_at_any_write_is_recovered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grown: StreamInfo
) -> None:
    found = []
    for path in killed_growths(tmp_path, grown, monkeypatch):
        recover(path)
        info = StoreReader(path).info
        found.append(info)
        check_says(path, info)
        check_metadata(path, info)
        check_frames(path)
        verification = verify(path)
        assert verification.sound, (path.name, str(verification))
        assert verification.raw_frames == FRAMES
        before = content_of(path)
        assert recover(path).mended == ()
        assert content_of(path) == before
    written = found.index(grown)
    assert found[:written] == [SMALL] * written
    assert found[written:] == [grown] * (len(found) - written)
    assert len(found) - written > len(LANES), "it dies between the manifest and the arrays, too"
