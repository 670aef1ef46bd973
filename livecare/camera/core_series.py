"""Knows how a Micro-Manager core is asked for dark frames and for a series of exposures."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

import numpy as np

from livecare.camera.key import CameraKey, CameraProperties, plain_binning, read_readout
from livecare.errors import SourceError
from livecare.frame import Pixels, PixelType

PIXEL_TYPES_BY_BYTES: Final[dict[int, PixelType]] = {1: "uint8", 2: "uint16"}
"""Pixel type by the bytes of a grey pixel."""
CORE_ERRORS: Final = (RuntimeError, OSError, MemoryError)
"""What a core raises: pymmcore gives no errors of its own. A MemoryError means that a single frame
is larger than the core's buffer."""


class SnapCore(CameraProperties, Protocol):
    """The part of `pymmcore.CMMCore` that takes single frames."""

    def getCameraDevice(self) -> str: ...  # noqa: D102, N802 the core's names
    def getShutterDevice(self) -> str: ...  # noqa: D102, N802
    def getAutoShutter(self) -> bool: ...  # noqa: D102, N802
    def setAutoShutter(self, automatic: bool, /) -> None: ...  # noqa: D102, FBT001, N802
    def setShutterOpen(self, is_open: bool, /) -> None: ...  # noqa: D102, FBT001, N802
    def getExposure(self) -> float: ...  # noqa: D102, N802
    def setExposure(self, exposure_ms: float, /) -> None: ...  # noqa: D102, N802
    def snapImage(self) -> None: ...  # noqa: D102, N802
    def getImage(self) -> Any: ...  # noqa: ANN401, D102, N802
    def getImageBitDepth(self) -> int: ...  # noqa: D102, N802
    def getBytesPerPixel(self) -> int: ...  # noqa: D102, N802
    def getNumberOfComponents(self) -> int: ...  # noqa: D102, N802


def key_of_core(core: SnapCore) -> CameraKey:
    """Return the camera and mode that a core is set to, as its streams will say it.

    Raises
    ------
    SourceError
        If it has no camera, or one whose pixels livecare does not take.
    """
    camera = core.getCameraDevice()
    if not camera:
        raise SourceError("micromanager: the core has no camera; load a configuration with one")
    size = core.getBytesPerPixel()
    if core.getNumberOfComponents() != 1 or size not in PIXEL_TYPES_BY_BYTES:
        raise SourceError(
            f"micromanager: {camera} sends pixels of {core.getNumberOfComponents()} components and "
            f"{size} bytes; set its PixelType to 8bit or 16bit"
        )
    binning = core.getProperty(camera, "Binning") if core.hasProperty(camera, "Binning") else None
    return CameraKey(
        camera=camera,
        pixel_type=PIXEL_TYPES_BY_BYTES[size],
        binning=plain_binning(binning),
        bit_depth=core.getImageBitDepth(),
        readout=read_readout(core, camera),
    )


class CoreSeries:
    """Frames that a core takes, dark and with light; leaves shutter and exposure as they were.

    Parameters
    ----------
    core : SnapCore
        The core, with a camera.
    frames : int
        Frames of each light level.
    """

    def __init__(self, core: SnapCore, frames: int) -> None:
        self._core = core
        self._frames = frames

    def dark(self, exposure_ms: float, frames: int) -> list[Pixels]:
        """Take frames with the shutter closed. Raises SourceError."""
        if not self._core.getShutterDevice():
            raise SourceError(
                "micromanager: the configuration names no shutter, so no dark frames can be taken; "
                "give files with --dark and --series, or --static"
            )
        with self._set(f"the dark frames of {exposure_ms:g} ms"):
            return self._take(exposure_ms, frames, light=False)

    def light(self, exposures_ms: Sequence[float]) -> Iterator[list[Pixels]]:
        """Yield the frames of each exposure, with the shutter open. Raises SourceError."""
        for exposure_ms in exposures_ms:
            with self._set(f"the frames of {exposure_ms:g} ms"):
                taken = self._take(exposure_ms, self._frames, light=True)
            yield taken

    def _take(self, exposure_ms: float, frames: int, *, light: bool) -> list[Pixels]:
        core = self._core
        core.setExposure(exposure_ms)
        core.setAutoShutter(False)
        if core.getShutterDevice():
            core.setShutterOpen(light)
        taken = []
        for _ in range(frames):
            core.snapImage()
            taken.append(np.array(core.getImage()))
        return taken

    @contextmanager
    def _set(self, what: str) -> Iterator[None]:
        """Set the core for a series, and back, whatever happens."""
        core = self._core
        try:
            automatic, exposure_ms = core.getAutoShutter(), core.getExposure()
            try:
                yield
            finally:
                if core.getShutterDevice():
                    core.setShutterOpen(False)
                core.setAutoShutter(automatic)
                core.setExposure(exposure_ms)
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: {what} cannot be taken: {error}; stop what else uses the camera"
            ) from error
