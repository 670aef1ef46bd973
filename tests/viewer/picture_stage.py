"""Frames and views that the tests of the picture are shown."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livecare.frame import (
    PASSED_THROUGH,
    FrameHeader,
    PixelType,
    Position,
    Restoration,
    StreamInfo,
)
from livecare.viewer.seen import ChannelView, SeenFrame, View
from livecare.viewer.styles import ChannelStyle, Levels

MS_NS = 1_000_000
BYTE_LEVELS = Levels(0, 255)
BYTE_STYLE = ChannelStyle(BYTE_LEVELS, BYTE_LEVELS)
"""A value is its shade of grey."""


def raw_frame(
    pixels: NDArray[Any],
    sequence: int = 0,
    *,
    channel: int = 0,
    reduction: int = 1,
    shape_yx: tuple[int, int] | None = None,
) -> SeenFrame:
    rows, columns = shape_yx or pixels.shape
    dtype: PixelType = pixels.dtype.name  # type: ignore[assignment]
    header = FrameHeader(
        sequence, Position(sequence, channel), (rows, columns), dtype, 1000 * MS_NS
    )
    return SeenFrame("run", header, pixels, reduction=reduction)


def restored_frame(
    pixels: NDArray[Any], sequence: int = 0, *, channel: int = 0, passed: bool = False
) -> SeenFrame:
    raw = raw_frame(pixels, sequence, channel=channel)
    restoration = Restoration(
        engine=PASSED_THROUGH if passed else "identity",
        precision="fp32",
        model="model",
        model_sha256="00",
        normalisation="fixed",
        normalised_with={"low": 0.0, "high": 1.0},
        taken_ns=1001 * MS_NS,
        engine_ns=MS_NS,
        published_ns=1018 * MS_NS,
        batch=1,
    )
    return SeenFrame(raw.run_id, raw.header, raw.pixels, restoration)


def pair(
    raw: NDArray[Any], restored: NDArray[Any], sequence: int = 0, *, channel: int = 0
) -> ChannelView:
    first = raw_frame(raw, sequence, channel=channel)
    return ChannelView(first, restored_frame(restored, sequence, channel=channel), first)


def view_of(*channels: ChannelView) -> View:
    return View(channels, 0, 1)


def flat(value: float, shape_yx: tuple[int, int] = (64, 64), dtype: str = "uint8") -> NDArray[Any]:
    return np.full(shape_yx, value, dtype)


def stream(
    shape_yx: tuple[int, int] = (64, 64), channels: tuple[str, ...] = ("channel 0",)
) -> StreamInfo:
    return StreamInfo(
        "run",
        "simulated",
        shape_yx,
        "uint8",
        channels,
        pixel_size_um=0.5,
        started_monotonic_ns=0,
    )
