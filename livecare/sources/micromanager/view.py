"""Knows what a core says of its camera once per sequence: shape, type, spacing, names."""

from typing import Any

from livecare.errors import SourceError
from livecare.frame import PixelType, StreamInfo
from livecare.sources.micromanager.core import Core
from livecare.sources.micromanager.settings import MicroManagerSettings

PIXEL_TYPES_BY_BYTES: dict[int, PixelType] = {1: "uint8", 2: "uint16"}
"""Pixel type by the bytes of a grey pixel; 4 would be uint32, which no part of livecare takes."""


def shape_yx(core: Core) -> tuple[int, int]:
    """Give the camera's present rows and columns."""
    return core.getImageHeight(), core.getImageWidth()


def describe_stream(core: Core, settings: MicroManagerSettings, run_id: str) -> StreamInfo:
    """Say what the stream will look like. Raises SourceError for colour pictures."""
    camera = core.getCameraDevice()
    return StreamInfo(
        run_id=run_id,
        source=f"micromanager: {camera}",
        shape_yx=shape_yx(core),
        dtype=_pixel_type(core, camera),
        channels=(_channel(core),),
        pixel_size_um=core.getPixelSizeUm() or None,  # 0 means that it is not calibrated
        expected_frames=settings.frames,
        detail=_detail(core, camera, settings),
    )


def _pixel_type(core: Core, camera: str) -> PixelType:
    components, size = core.getNumberOfComponents(), core.getBytesPerPixel()
    if components != 1 or size not in PIXEL_TYPES_BY_BYTES:
        raise SourceError(
            f"micromanager: {camera} sends pixels of {components} components and {size} bytes; "
            "set its PixelType to 8bit or 16bit"
        )
    return PIXEL_TYPES_BY_BYTES[size]


def _channel(core: Core) -> str:
    """Give the name of the current channel preset."""
    group = core.getChannelGroup()
    return (core.getCurrentConfig(group) if group else "") or "channel 0"


def _detail(core: Core, camera: str, settings: MicroManagerSettings) -> dict[str, Any]:
    """Give what sequence frames do not carry as tags, read once."""
    binning = core.getProperty(camera, "Binning") if core.hasProperty(camera, "Binning") else None
    return {
        "camera": camera,
        "core": core.getVersionInfo(),
        "mode": settings.mode,
        "exposure_ms": core.getExposure(),
        "bit_depth": core.getImageBitDepth(),
        "binning": binning,
        "properties": dict(settings.properties),
    }
