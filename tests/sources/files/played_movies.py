"""Recordings of every format, for replays."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from ndtiff_writers import JavaWriter

from livecare.disk import aligned_block
from livecare.frame import FrameHeader, Ledger, Pixels, Position, StreamInfo
from livecare.sinks.store import Store
from livecare.sources.replay import ReplaySource

TCZYX = (3, 2, 4, 12, 15)

ORDER = [Position(t, c, z) for t, c, z in np.ndindex(*TCZYX[:3])]

Play = Callable[..., tuple[ReplaySource, StreamInfo]]


def movie(shape: tuple[int, ...] = TCZYX, seed: int = 0, dtype: str = "uint16") -> Pixels:
    return np.random.default_rng(seed).integers(0, 250, shape).astype(dtype)


def write_movie(path: Path, frames: int, seed: int = 0, size: int = 16) -> Pixels:
    pixels = movie((frames, size, size), seed)
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "TYX", "finterval": 0.25})
    return pixels


def write_ome_tiff(path: Path) -> Path:
    names = {"Channel": {"Name": ["GFP", "RFP"]}, "TimeIncrement": 0.5}
    sizes = {"PhysicalSizeX": 0.2, "PhysicalSizeY": 0.2, "PhysicalSizeZ": 0.4}
    metadata = {"axes": "TCZYX", **names, **sizes}
    tifffile.imwrite(path, movie(), ome=True, photometric="minisblack", metadata=metadata)
    return path


def write_ndtiff(path: Path) -> Path:
    writer = JavaWriter(path, summary={"PixelSize_um": 0.2, "z-step_um": 0.4, "Interval_ms": 500})
    for at in ORDER:
        axes = {"time": at.t, "channel": ("GFP", "RFP")[at.c], "z": at.z}
        writer.put(axes, movie()[at.t, at.c, at.z], PixelSizeUm=0.2)
    writer.finish()
    return path


def write_ome_zarr(path: Path) -> Path:
    zarr = pytest.importorskip("zarr", reason="OME-Zarr of others is read by zarr-python")
    group = zarr.create_group(path)
    group.create_array("0", data=movie(), chunks=(1, 1, 1, 12, 15))
    units = {"t": "second", "z": "micrometer", "y": "micrometer", "x": "micrometer"}
    axes = [{"name": axis} | ({"unit": units[axis]} if axis in units else {}) for axis in "tczyx"]
    scale = {"type": "scale", "scale": [0.5, 1, 0.4, 0.2, 0.2]}
    image = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [scale]}]}
    omero = {"channels": [{"label": "GFP"}, {"label": "RFP"}]}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image], "omero": omero}
    return path


def write_store(path: Path, order: list[Position] = ORDER, step_ns: int = 20_000_000) -> Path:
    info = StreamInfo(
        "run", "camera", TCZYX[3:], "uint16", ("GFP", "RFP"), 4, ("position 0",), 0.2, 0.4, 0.5
    )
    with Store.create(path, info) as store:
        for sequence, at in enumerate(order):
            pixels = movie()[at.t, at.c, at.z]
            block = aligned_block(pixels.nbytes + 4)
            np.frombuffer(block, "uint16", count=pixels.size)[:] = pixels.ravel()
            received_ns = 7 + step_ns * sequence**2
            store.raw.append(FrameHeader(sequence, at, pixels.shape, "uint16", received_ns), block)
        store.finish(Ledger(acquired=len(order), recorded=len(order)))
    return path


WRITERS = {
    "a.ome.tif": write_ome_tiff,
    "ndtiff": write_ndtiff,
    "b.ome.zarr": write_ome_zarr,
    "own.ome.zarr": write_store,
}
