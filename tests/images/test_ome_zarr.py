"""OME-Zarr of others, and livecare's own recordings."""

from pathlib import Path

import numpy as np
import pytest
import zarr
from image_files import assert_frames, stack

from livecare.disk import aligned_block
from livecare.errors import MissingExtraError, UsageError
from livecare.frame import FrameHeader, Ledger, Pixels, Position, StreamInfo
from livecare.images import list_recordings, ome_zarr, open_images
from livecare.sinks.store import Store

UNITS = {"t": ("time", "second"), "c": ("channel", None)}


def write_image(
    path: Path, frames: Pixels, version: str, axes: str = "tczyx", **extra: object
) -> Path:
    zarr_format = 2 if version == "0.4" else 3
    group = zarr.create_group(path, zarr_format=zarr_format, overwrite=True)
    group.create_array("0", data=frames, chunks=(1,) * (frames.ndim - 2) + frames.shape[-2:])
    scales = {"t": 0.5, "c": 1.0, "z": 0.4, "y": 0.2, "x": 0.2}
    listed = []
    for axis in axes:
        sort, unit = UNITS.get(axis, ("space", "micrometer"))
        listed.append({"name": axis, "type": sort} | ({"unit": unit} if unit else {}))
    scale = {"type": "scale", "scale": [scales[axis] for axis in axes]}
    datasets = [{"path": "0", "coordinateTransformations": [scale]}]
    described = {"multiscales": [{"axes": listed, "datasets": datasets}], **extra}
    if version == "0.4":
        group.attrs.update(described)
    else:
        group.attrs["ome"] = {"version": "0.5", **described}
    return path


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_an_image(tmp_path: Path, version: str) -> None:
    frames = stack()
    omero = {"channels": [{"label": "GFP"}, {"label": "RFP"}]}
    path = write_image(tmp_path / "a.ome.zarr", frames, version, omero=omero)
    with open_images(path) as images:
        assert_frames(images, frames)
        assert images.channels == ("GFP", "RFP")
        assert images.pixel_size_um == pytest.approx(0.2)
        assert images.z_step_um == pytest.approx(0.4)
        assert images.interval_s == pytest.approx(0.5)
    assert list_recordings(path) == [path]


def test_a_scale_of_all_arrays_comes_on_top(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.zarr", stack(), "0.5")
    group = zarr.open_group(path)
    ome = dict(group.attrs.asdict()["ome"])
    scale = {"type": "scale", "scale": [20, 1.0, 3.0, 2.0, 2.0]}
    ome["multiscales"][0]["coordinateTransformations"] = [scale]
    group.attrs["ome"] = ome
    with open_images(path) as images:
        assert images.interval_s == pytest.approx(10.0)
        assert images.z_step_um == pytest.approx(1.2)
        assert images.pixel_size_um == pytest.approx(0.4)


@pytest.mark.parametrize("axes", ["yx", "tyx", "cyx", "zyx", "tcyx"])
def test_fewer_axes(tmp_path: Path, axes: str) -> None:
    sizes = {"t": 3, "c": 2, "z": 4, "y": 8, "x": 9}
    frames = stack(tuple(sizes[axis] for axis in axes), "float32")
    path = write_image(tmp_path / "a.zarr", frames, "0.5", axes)
    expected = frames.reshape([sizes[axis] if axis in axes else 1 for axis in "tczyx"])
    with open_images(path) as images:
        assert_frames(images, expected)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_several_images_are_positions(tmp_path: Path, version: str) -> None:
    frames = stack((2, 2, 1, 1, 8, 9))
    root = zarr.create_group(tmp_path / "a.zarr", zarr_format=2 if version == "0.4" else 3)
    layout = {"bioformats2raw.layout": 3}
    root.attrs.update(layout if version == "0.4" else {"ome": {"version": "0.5", **layout}})
    for p in range(2):
        write_image(tmp_path / "a.zarr" / str(p), frames[p], version)
    with open_images(tmp_path / "a.zarr") as images:
        assert len(images.positions) == 2
        for p in range(2):
            assert_frames(images, frames[p], p)
    write_image(tmp_path / "a.zarr" / "1", frames[1, :1], version)
    with pytest.raises(UsageError, match=r"a\.zarr: image 1 is .* give one image"):
        open_images(tmp_path / "a.zarr")


def test_a_plate(tmp_path: Path) -> None:
    frames = stack((2, 1, 1, 1, 8, 9))
    root = zarr.create_group(tmp_path / "a.zarr")
    wells = ["A/1", "B/2"]
    root.attrs["ome"] = {"plate": {"wells": [{"path": well} for well in wells]}}
    for well, image in zip(wells, frames, strict=True):
        group = root.require_group(well)
        group.attrs["ome"] = {"well": {"images": [{"path": "0"}]}}
        write_image(tmp_path / "a.zarr" / well / "0", image, "0.5")
    with open_images(tmp_path / "a.zarr") as images:
        assert images.positions == ("A/1/0", "B/2/0")
        assert_frames(images, frames[1], 1)


def test_what_is_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zarr"
    zarr.create_group(path)
    with pytest.raises(UsageError, match=r"a\.zarr is Zarr, but holds no OME-Zarr image"):
        open_images(path)
    write_image(path, stack((2, 8, 9)), "0.5", "xyz"[::-1])
    group = zarr.open_group(path)
    ome = dict(group.attrs.asdict()["ome"])
    ome["multiscales"][0]["axes"].reverse()
    group.attrs["ome"] = ome
    with pytest.raises(UsageError, match=r"a\.zarr.*: its axes are .*t, c, z, y, x"):
        open_images(path)
    (path / "zarr.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.zarr cannot be read as OME-Zarr"):
        open_images(path)
    monkeypatch.setattr(ome_zarr, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"livecare\[zarr\]"):
        open_images(path)


def test_damaged_pixels(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.zarr", stack((2, 1, 1, 64, 64)), "0.5")
    [chunk] = (path / "0" / "c" / "1").rglob("0/0/0/0")
    chunk.write_bytes(b"nothing of the kind")
    with open_images(path) as images:
        images.read(0)
        with pytest.raises(UsageError, match=r"a\.zarr, frame t=1, .*damaged"):
            images.read(1)


def write_store(path: Path, frames: Pixels, *, without: int | None = None) -> Path:
    """Record frames of axes t, c, y, x."""
    info = StreamInfo(
        "run 7", "test", frames.shape[2:], "uint16", ("GFP", "RFP"), pixel_size_um=0.1
    )
    store = Store.create(path, info)
    for sequence, (t, c) in enumerate(np.ndindex(*frames.shape[:2])):
        if sequence == without:
            continue
        header = FrameHeader(sequence, Position(t, c), info.shape_yx, "uint16", received_ns=0)
        block = aligned_block(info.frame_bytes + 4)
        np.frombuffer(block, np.uint16)[: frames[t, c].size] = frames[t, c].ravel()
        store.raw.append(header, block)
    store.finish(Ledger())
    store.close()
    return path


def test_a_recording_of_livecare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ome_zarr, "find_spec", lambda _: None)  # it needs no zarr-python
    frames = stack((3, 2, 16, 20))
    path = write_store(tmp_path / "a.ome.zarr", frames)
    with open_images(path) as images:
        assert_frames(images, frames[:, :, None])
        assert (images.channels, images.pixel_size_um) == (("GFP", "RFP"), 0.1)
        assert images.metadata["run_id"] == "run 7"
    with pytest.raises(UsageError, match=r"a\.ome\.zarr has no restored frame"):
        open_images(path, lane="restored")


def test_a_recording_of_livecare_with_a_hole(tmp_path: Path) -> None:
    path = write_store(tmp_path / "a.ome.zarr", stack((3, 2, 16, 20)), without=3)
    with open_images(path) as images:
        assert images.shape[:3] == (3, 2, 1)
        assert images.find(1, 1) is None
        with pytest.raises(UsageError, match=r"a\.ome\.zarr lacks the frame t=1, c=1"):
            images.read(1, 1)
