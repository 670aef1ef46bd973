"""Knows the Java objects that clients can have: the core, and metadata for its frames."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from livecare.simulated_bridge.camera import SimulatedCamera, TakenFrame
from livecare.simulated_bridge.settings import SimulatedBridgeSettings

CAMERA_LABEL: Final = "Camera"
"""Name of the camera, as in Micro-Manager's demo configuration."""
CHANNEL_GROUP: Final = "Channel"
"""Name of the group of channel presets, as there."""
BITS: Final = {"uint8": 8, "uint16": 16}
"""Bits of a pixel, by its type."""
ARRAYS: Final = {"uint8": "byte-array", "uint16": "short-array"}
"""What the server calls an array of such pixels."""


class JavaError(Exception):
    """What a Java method throws; its text is the exception's class and message."""


class PixelArray:
    """A Java array of pixels, to be sent as bytes."""

    def __init__(self, kind: str, content: bytes) -> None:
        self.kind = kind
        self.content = content


class MetadataObject:
    """`mmcorej.Metadata`: the tags of the frame that was fetched with it last."""

    java_class = "mmcorej.Metadata"

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}

    def methods(self) -> Mapping[str, Callable[..., Any]]:
        """Return what can be called."""
        return {"Dump": self.dump, "HasTag": self.tags.__contains__}

    def dump(self) -> str:
        """Write the tags as the core does: name, device, whether it is read-only, value."""
        entries = (f"s : {name}\n_\n1\n{text}\n\n" for name, text in sorted(self.tags.items()))
        return f"{len(self.tags)}{''.join(entries)}"


class CoreObject:
    """`mmcorej.CMMCore`: the one core of this Micro-Manager.

    Attributes
    ----------
    calls : Counter
        How often each method was called, by its name.
    """

    java_class = "mmcorej.CMMCore"

    def __init__(self, settings: SimulatedBridgeSettings, camera: SimulatedCamera) -> None:
        self._settings = settings
        self._camera = camera
        self.channel = settings.channel
        self.calls: Counter[str] = Counter()

    def methods(self) -> Mapping[str, Callable[..., Any]]:
        """Return what can be called."""
        camera, settings = self._camera, self._settings
        return {
            "clearCircularBuffer": lambda: None,
            "getBufferFreeCapacity": lambda: settings.buffer_frames - camera.remaining,
            "getBufferTotalCapacity": lambda: settings.buffer_frames,
            "getBytesPerPixel": lambda: BITS[settings.dtype] // 8,
            "getCameraDevice": lambda: CAMERA_LABEL,
            "getChannelGroup": lambda: CHANNEL_GROUP,
            "getCurrentConfig": lambda _group: self.channel,
            "getCurrentConfigFromCache": lambda _group: self.channel,
            "getExposure": lambda: float(camera.exposure_ms),
            "getImageBitDepth": lambda: BITS[settings.dtype],
            "getImageHeight": lambda: camera.size_yx[0],
            "getImageWidth": lambda: camera.size_yx[1],
            "getLastImage": lambda: self._pixels(camera.newest()),
            "getLastImageMD": lambda metadata: self._pixels(camera.newest(), metadata),
            "getNumberOfCameraChannels": lambda: settings.cameras,
            "getNumberOfComponents": lambda: 1,
            "getPixelSizeUm": lambda _cached=False: float(settings.pixel_size_um),
            "getRemainingImageCount": lambda: camera.remaining,
            "getVersionInfo": lambda: "MMCore version 11.5.0 (simulated by livecare)",
            "isBufferOverflowed": lambda: False,
            "isSequenceRunning": lambda: camera.running,
            "popNextImage": lambda: self._pixels(camera.pop()),
            "popNextImageMD": lambda metadata: self._pixels(camera.pop(), metadata),
            "setExposure": self._set_exposure,
            "startContinuousSequenceAcquisition": lambda _interval_ms: camera.start(),
            "startSequenceAcquisition": lambda frames, _interval_ms, _stop: camera.start(frames),
            "stopSequenceAcquisition": camera.stop,
        }

    def _set_exposure(self, exposure_ms: float) -> None:
        self._camera.exposure_ms = exposure_ms

    def _pixels(
        self, frame: TakenFrame | None, metadata: MetadataObject | None = None
    ) -> PixelArray:
        if frame is None:
            raise JavaError("java.lang.Exception: Circular buffer is empty.")
        if metadata is not None:
            metadata.tags = self._tags(frame)
        content = self._camera.content(frame.index)
        return PixelArray(ARRAYS[self._settings.dtype], content)

    def _tags(self, frame: TakenFrame) -> dict[str, str]:
        rows, columns = self._camera.size_yx
        return {
            "Binning": "1",
            "Camera": CAMERA_LABEL,
            "ElapsedTime-ms": f"{frame.elapsed_ms:.4f}",
            "Height": str(rows),
            "ImageNumber": str(frame.index),
            "PixelType": f"GRAY{BITS[self._settings.dtype]}",
            "ROI-X-start": "0",
            "ROI-Y-start": "0",
            "TimeReceivedByCore": f"{dt.datetime.now():%Y-%m-%d %H:%M:%S.%f}",  # noqa: DTZ005 local, as the core's
            "Width": str(columns),
        }
