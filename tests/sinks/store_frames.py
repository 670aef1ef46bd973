"""Frames whose pixels follow from their sequence, and stores filled with them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from livecare.disk import aligned_block
from livecare.frame import FrameHeader, Ledger, Pixels, PixelType, Position, StreamInfo
from livecare.sinks.checksum import CHECKSUM_BYTES
from livecare.sinks.lane import Lane
from livecare.sinks.options import StoreOptions
from livecare.sinks.store import Store


def make_info(
    shape_yx: tuple[int, int] = (24, 33),
    dtype: PixelType = "uint16",
    channels: int = 1,
    size_z: int = 1,
    positions: int = 1,
) -> StreamInfo:
    return StreamInfo(
        run_id="test",
        source="made up",
        shape_yx=shape_yx,
        dtype=dtype,
        channels=tuple(f"channel {c}" for c in range(channels)),
        size_z=size_z,
        positions=tuple(f"well {p}" for p in range(positions)),
        pixel_size_um=0.108,
        z_step_um=0.5,
        interval_s=2.0,
        detail={"camera": "none"},
    )


def make_pixels(sequence: int, shape_yx: tuple[int, int], dtype: PixelType) -> Pixels:
    """Noise that is never all black."""
    noise = np.random.default_rng(sequence).integers(1, 250, shape_yx)
    return noise.astype(dtype)


def restored_pixels(raw: Pixels, dtype: PixelType) -> Pixels:
    """What our pretended network makes of a raw frame."""
    return (raw + 1).astype(dtype)


def fill_block(block: memoryview, pixels: Pixels) -> None:
    flat = np.frombuffer(block, pixels.dtype, count=pixels.size)
    flat[:] = pixels.ravel()


def block_of(pixels: Pixels) -> memoryview:
    block = aligned_block(pixels.nbytes + CHECKSUM_BYTES)
    fill_block(block, pixels)
    return block


def header_of(sequence: int, position: Position, pixels: Pixels) -> FrameHeader:
    rows, columns = pixels.shape
    dtype: PixelType = pixels.dtype.name  # type: ignore[assignment]
    return FrameHeader(
        sequence=sequence,
        position=position,
        shape_yx=(rows, columns),
        dtype=dtype,
        received_ns=1000 * sequence,
        camera_index=sequence,
        camera_time_ns=10 * sequence,
    )


def append(lane: Lane, sequence: int, position: Position, pixels: Pixels) -> None:
    lane.append(header_of(sequence, position, pixels), block_of(pixels), {"made": "up"})


def positions(info: StreamInfo) -> Iterator[Position]:
    """Yield positions in the order in which a microscope goes through them, without end."""
    t = 0
    while True:
        for p in range(len(info.positions)):
            for c in range(len(info.channels)):
                for z in range(info.size_z):
                    yield Position(t, c, z, p)
        t += 1


def record(
    path: Path,
    info: StreamInfo,
    frames: int,
    options: StoreOptions | None = None,
    restored: int = 0,
    *,
    finish: bool = True,
) -> Path:
    """Make a store of `frames` raw and `restored` restored frames; without an end if asked."""
    store = Store.create(path, info, options)
    for sequence, at in zip(range(frames), positions(info), strict=False):
        raw = make_pixels(sequence, info.shape_yx, info.dtype)
        append(store.raw, sequence, at, raw)
        if sequence < restored:
            append(store.restored, sequence, at, restored_pixels(raw, info.dtype))
    if finish:
        store.finish(Ledger(frames, frames, restored, frames - restored))
    store.close()
    return path


def content_of(path: Path) -> dict[Path, bytes]:
    """Every file of a store, byte for byte."""
    return {file: file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
