"""Recordings of camera counts in several formats, and what a mean of them is."""

from pathlib import Path

import numpy as np
import tifffile
from small_models import mean

from livecare.disk import aligned_block
from livecare.frame import FrameHeader, Ledger, Pixels, Position, StreamInfo
from livecare.images import open_images
from livecare.sinks.store import Store

SIZES = (3, 2, 4, 16, 20)


def counts(shape: tuple[int, ...] = SIZES, dtype: str = "uint16", seed: int = 0) -> Pixels:
    rng = np.random.default_rng(seed)
    return rng.integers(100, 200, shape).astype(dtype)


def write_ome(path: Path, frames: Pixels, axes: str = "TCZYX") -> Path:
    described = {
        "axes": axes,
        "PhysicalSizeX": 0.065,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeZ": 0.3,
        "PhysicalSizeZUnit": "µm",
        "Channel": {"Name": ["GFP", "RFP"]} if "C" in axes else None,
    }
    metadata = {key: value for key, value in described.items() if value is not None}
    tifffile.imwrite(path, frames, ome=True, photometric="minisblack", metadata=metadata)
    return path


def write_series(path: Path, frames: Pixels) -> Path:
    tifffile.imwrite(path, frames, photometric="minisblack", metadata={"axes": "TYX"})
    return path


def assert_means(out: Path, frames: Pixels, tolerance: float = 0.51) -> None:
    """Compare every restored frame with the mean of its neighbours; frames are t, c, z, y, x."""
    with open_images(out) as images:
        assert images.shape == frames.shape
        for t, c, z in np.ndindex(*frames.shape[:3]):
            np.testing.assert_allclose(
                images.read(t, c, z), mean(frames[t, c, z]), atol=tolerance, rtol=0
            )


def write_store(path: Path, frames: Pixels, *, without: int | None = None) -> Path:
    info = StreamInfo("run 7", "test", frames.shape[1:], "uint16", pixel_size_um=0.1)
    store = Store.create(path, info)
    for t, frame in enumerate(frames):
        if t == without:
            continue
        header = FrameHeader(t, Position(t), info.shape_yx, "uint16", received_ns=0)
        block = aligned_block(info.frame_bytes + 4)
        np.frombuffer(block, np.uint16)[: frame.size] = frame.ravel()
        store.raw.append(header, block)
    store.finish(Ledger())
    store.close()
    return path
