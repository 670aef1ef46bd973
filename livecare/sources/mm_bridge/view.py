"""Knows what a running core says once per sequence: shape, type, channel, spacing, exposure."""

from dataclasses import dataclass
from typing import Any, Final

from livecare.frame import PixelType, StreamInfo
from livecare.sources.grey import check_single, grey_pixel_type
from livecare.sources.mm_bridge.core import RemoteCore
from livecare.sources.mm_bridge.settings import MmBridgeSettings

UNNAMED_CHANNEL: Final = "channel 0"
"""Name of the channel where Micro-Manager has no preset."""


@dataclass(frozen=True, slots=True)
class SequenceView:
    """What holds for every frame of one sequence.

    Attributes
    ----------
    shape_yx : tuple of int
        Rows and columns, pixels.
    dtype : PixelType
        Pixel type.
    channel : str
        Name of the channel preset.
    pixel_size_um : float or None
        Of a pixel in the specimen, µm; None where it is not calibrated.
    detail : dict
        Camera, exposure (ms), bit depth and version of the core.
    """

    shape_yx: tuple[int, int]
    dtype: PixelType
    channel: str
    pixel_size_um: float | None
    detail: dict[str, Any]

    def stream(self, settings: MmBridgeSettings, run_id: str) -> StreamInfo:
        """Describe the stream for the recorder."""
        return StreamInfo(
            run_id=run_id,
            source=f"mm-bridge: {self.detail['camera']}",
            shape_yx=self.shape_yx,
            dtype=self.dtype,
            channels=(self.channel,),
            pixel_size_um=self.pixel_size_um,
            expected_frames=settings.frames,
            detail={**self.detail, "endpoint": settings.endpoint},
        )


def read_view(core: RemoteCore) -> SequenceView:
    """Ask the core. Raises as `RemoteCore`, and SourceError for colour or joined cameras."""
    camera = core.camera()
    check_single(f"mm-bridge: {camera}", core.cameras())
    shape_yx = core.size_yx()
    if min(shape_yx) < 1:
        raise core.rejected(f"pictures of {shape_yx} pixels")
    pixel_size_um = core.pixel_size_um()
    return SequenceView(
        shape_yx=shape_yx,
        dtype=_pixel_type(core, camera),
        channel=core.channel() or UNNAMED_CHANNEL,
        pixel_size_um=pixel_size_um if pixel_size_um > 0 else None,
        detail={
            "camera": camera,
            "core": core.version(),
            "exposure_ms": core.exposure_ms(),
            "bit_depth": core.bit_depth(),
        },
    )


def _pixel_type(core: RemoteCore, camera: str) -> PixelType:
    cure = "set its pixel type to 8 or 16 bits of grey"
    return grey_pixel_type(f"mm-bridge: {camera}", core.components(), core.bytes_per_pixel(), cure)
