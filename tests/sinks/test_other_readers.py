"""What other people's Zarr and OME-Zarr libraries see, while a store is written and after."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorstore
import zarr
from numpy.typing import NDArray
from ome_models import check_metadata
from store_frames import append, make_info, make_pixels, positions, restored_pixels

from livecare.frame import PIXEL_TYPES, Ledger, Pixels, PixelType, Position, StreamInfo
from livecare.sinks.chunk import Compression
from livecare.sinks.layout import LANES, LaneName, array_name
from livecare.sinks.options import StoreOptions
from livecare.sinks.store import Store

Frames = dict[Position, Pixels]


def read_zarr(folder: Path) -> NDArray[Any]:
    return np.asarray(zarr.open_array(folder, mode="r")[...])


def read_tensorstore(folder: Path) -> NDArray[Any]:
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(folder)}}
    return np.asarray(tensorstore.open(spec, open=True, read=True).result().read().result())


def check_pixels(path: Path, info: StreamInfo, lane: LaneName, frames: Frames) -> None:
    for p in range(len(info.positions)):
        folder = path / array_name(lane, p, info)
        for found in (read_zarr(folder), read_tensorstore(folder)):
            expected = np.zeros_like(found)
            for at, pixels in frames.items():
                if at.p == p:
                    assert pixels.dtype == found.dtype
                    expected[at.t, at.c, at.z] = pixels
            np.testing.assert_array_equal(found, expected)


SHAPES = [
    # rows and columns, channels, planes, positions, frames, most frames in a shard
    ((1, 1), 1, 1, 1, 5, 2),
    ((513, 771), 1, 1, 1, 4, 3),
    ((16, 20), 2, 3, 2, 31, 255),
    ((16, 20), 3, 2, 1, 20, 4),
    ((5, 4), 2, 150, 1, 301, 255),
]


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
@pytest.mark.parametrize(("shape_yx", "channels", "size_z", "places", "frames", "most"), SHAPES)
def test_every_pixel_while_written_and_after(
    tmp_path: Path,
    shape_yx: tuple[int, int],
    dtype: PixelType,
    channels: int,
    size_z: int,
    places: int,
    frames: int,
    most: int,
) -> None:
    info = make_info(shape_yx, dtype, channels, size_z, places)
    path = tmp_path / "store.ome.zarr"
    written: dict[LaneName, Frames] = {"raw": {}, "restored": {}}
    with Store.create(path, info, StoreOptions(shard_frames=most)) as store:
        check_metadata(path, info)
        for sequence, at in zip(range(frames), positions(info), strict=False):
            raw = written["raw"][at] = make_pixels(sequence, shape_yx, dtype)
            append(store.raw, sequence, at, raw)
            if sequence % 3 == 0:
                restored = written["restored"][at] = restored_pixels(raw, dtype)
                append(store.restored, sequence, at, restored)
            if sequence in (0, frames // 2):
                for lane in LANES:
                    check_pixels(path, info, lane, written[lane])
        check_metadata(path, info)
        restored_count = len(written["restored"])
        store.finish(Ledger(frames, frames, restored_count, frames - restored_count))
    check_metadata(path, info)
    for lane in LANES:
        check_pixels(path, info, lane, written[lane])
    lengths = {
        zarr.open_array(path / array_name(lane, p, info), mode="r").shape[0]
        for lane in LANES
        for p in range(places)
    }
    assert lengths == {-(-frames // info.frames_per_timepoint)}


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_compressed_frames(tmp_path: Path, dtype: PixelType, compression: Compression) -> None:
    info = make_info((64, 65), dtype)
    frames = {Position(t): make_pixels(t, info.shape_yx, dtype) for t in range(5)}
    frames[Position(2)] = np.ones(info.shape_yx, dtype)
    with Store.create(tmp_path / "s", info, StoreOptions(compression=compression)) as store:
        for at, pixels in frames.items():
            append(store.raw, at.t, at, pixels)
        check_pixels(tmp_path / "s", info, "raw", frames)
        store.finish(Ledger(5, 5, 0, 5))
    check_pixels(tmp_path / "s", info, "raw", frames)
    assert next((tmp_path / "s" / "raw" / "0").glob("c/0/0/0/0/0")).stat().st_size < 6 * 4096 * 5


def test_late_frames_go_to_older_shards(tmp_path: Path) -> None:
    info = make_info()
    frames: Frames = {}
    order = np.random.default_rng(5).permutation(100).tolist()
    with Store.create(tmp_path / "s", info, StoreOptions(shard_frames=2)) as store:
        for t in order:  # 50 shards: more than stay open
            pixels = frames[Position(t)] = make_pixels(t, info.shape_yx, info.dtype)
            append(store.restored, t, Position(t), pixels)
        check_pixels(tmp_path / "s", info, "restored", frames)
        store.finish(Ledger(100, 0, 100, 0, 100))
    check_pixels(tmp_path / "s", info, "restored", frames)


def test_restored_frames_may_be_float(tmp_path: Path) -> None:
    info = make_info(dtype="uint8")
    with Store.create(tmp_path / "s", info, StoreOptions(restored_dtype="float32")) as store:
        raw = make_pixels(0, info.shape_yx, "uint8")
        restored = restored_pixels(raw, "float32") / np.float32(3)
        append(store.raw, 0, Position(0), raw)
        append(store.restored, 0, Position(0), restored)
        store.finish(Ledger(1, 1, 1))
    check_pixels(tmp_path / "s", info, "raw", {Position(0): raw})
    check_pixels(tmp_path / "s", info, "restored", {Position(0): restored})


def test_what_the_metadata_say(tmp_path: Path) -> None:
    info = make_info(channels=2, size_z=2, positions=2)
    Store.create(tmp_path / "s", info).close()

    def attributes_of(name: str) -> Any:  # noqa: ANN401  # whatever JSON holds
        return zarr.open_group(tmp_path / "s" / name, mode="r").attrs.asdict()

    assert attributes_of("OME")["ome"]["series"] == [
        "raw_p000",
        "raw_p001",
        "restored_p000",
        "restored_p001",
    ]
    attributes = attributes_of("restored_p001")
    [multiscale] = attributes["ome"]["multiscales"]
    [dataset] = multiscale["datasets"]
    assert dataset["coordinateTransformations"] == [
        {"type": "scale", "scale": [2.0, 1.0, 0.5, 0.108, 0.108]}
    ]
    units = [axis.get("unit") for axis in multiscale["axes"]]
    assert units == ["second", None, "micrometer", "micrometer", "micrometer"]
    labels = [channel["label"] for channel in attributes["ome"]["omero"]["channels"]]
    assert labels == ["channel 0", "channel 1"]
    assert multiscale["name"] == "restored, well 1"
    assert attributes["livecare"]["note"] == "restored, not for intensity measurement"
    assert "not for intensity measurement" not in str(attributes_of("raw_p001"))


def test_an_empty_store_is_valid(tmp_path: Path) -> None:
    info = make_info()
    with Store.create(tmp_path / "s", info) as store:
        store.finish(Ledger())
    check_metadata(tmp_path / "s", info)
    assert read_zarr(tmp_path / "s/raw/0").shape == (0, 1, 1, 24, 33)
    assert read_tensorstore(tmp_path / "s/raw/0").shape == (0, 1, 1, 24, 33)
