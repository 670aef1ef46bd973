"""Small recordings of a made scene, with known light, noise and shifts."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from livecare.disk import aligned_block
from livecare.frame import FrameHeader, Ledger, Position, StreamInfo
from livecare.sinks.store import Store

SIDE = 96


def scene(seed: int = 0, side: int = SIDE, blur_px: float = 1.5) -> NDArray[np.float64]:
    """Return blurred blobs on a background, photons per pixel: 2 to about 60; periodic."""
    rng = np.random.default_rng(seed)
    spots = (rng.random((side, side)) < 0.01) * rng.uniform(0.3, 1.0, (side, side))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :])
    transfer = np.exp(-2 * np.square(np.pi * blur_px * frequency))
    light = np.fft.ifft2(np.fft.fft2(spots) * transfer).real
    return 2 + 60 * np.maximum(light, 0) / light.max()


def shifted_scene(y_px: float, x_px: float, seed: int = 0) -> NDArray[np.float64]:
    light = scene(seed)
    turn_y = np.exp(-2j * np.pi * y_px * np.fft.fftfreq(SIDE))[:, None]
    turn_x = np.exp(-2j * np.pi * x_px * np.fft.fftfreq(SIDE))[None, :]
    return np.maximum(np.fft.ifft2(np.fft.fft2(light) * turn_y * turn_x).real, 0)


def exposures(
    light: NDArray[np.float64], frames: int, seed: int = 0, gain: float = 2.0, offset: float = 100
) -> NDArray[np.uint16]:
    """Return frames of a camera with 1 electron of read noise, shape (t, y, x)."""
    rng = np.random.default_rng((seed, 7))
    electrons = rng.poisson(light, (frames, *light.shape)) + rng.normal(
        0, 1, (frames, *light.shape)
    )
    return np.clip(np.rint(offset + gain * electrons), 0, 65535).astype(np.uint16)


def clean(
    light: NDArray[np.float64], gain: float = 2.0, offset: float = 100
) -> NDArray[np.float32]:
    return (offset + gain * light).astype(np.float32)


def averaged(frames: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return frames whose neighbours share half of their noise, as interpolation leaves it."""
    down = frames + np.roll(frames.astype(np.float64), 1, 1)
    return np.rint((down + np.roll(down, 1, 2)) / 4).astype(np.uint16)


def write(path: Path, pixels: NDArray[np.generic], axes: str = "TYX") -> Path:
    """Write a TIFF whose axes other programs name, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(
        path,
        pixels,
        photometric="minisblack",
        metadata={"axes": axes},
        ome=path.name.endswith(".ome.tif"),
    )
    return path


def write_store(path: Path, frames: Mapping[Position, NDArray[np.uint16]]) -> Path:
    """Record frames as livecare does, at two stage positions; what is not given was lost."""
    channels = tuple(f"channel {c}" for c in range(1 + max(at.c for at in frames)))
    size_z = 1 + max(at.z for at in frames)
    shape_yx = next(iter(frames.values())).shape
    info = StreamInfo("run", "test", shape_yx, "uint16", channels, size_z, ("left", "right"))
    with Store.create(path, info) as store:
        for sequence, (at, pixels) in enumerate(frames.items()):
            block = aligned_block(info.frame_bytes + 4)
            np.frombuffer(block, np.uint16)[: pixels.size] = pixels.ravel()
            store.raw.append(
                FrameHeader(sequence, at, info.shape_yx, "uint16", received_ns=0), block
            )
        store.finish(Ledger())
    return path


def recordings(folder: Path, number: int, frames: int, side: int = SIDE) -> list[Path]:
    """Write some recordings, each of a scene of its own."""
    return [
        write(folder / f"cell{each}.ome.tif", exposures(scene(each, side), frames, each))
        for each in range(number)
    ]
