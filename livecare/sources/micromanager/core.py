"""Knows how a Micro-Manager core is found, loaded and configured, and what of it is used here."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

from livecare.camera.core_series import CORE_ERRORS
from livecare.errors import MissingExtraError, SourceError
from livecare.frame import Pixels
from livecare.sources.micromanager.settings import DEMO, MicroManagerSettings

FAST_IMAGE: Final = "FastImage"
"""Property of DemoCamera: repeat the last picture that was computed."""


class Core(Protocol):
    """The part of `pymmcore.CMMCore` that livecare uses."""

    def getVersionInfo(self) -> str: ...  # noqa: D102, N802 the core's names
    def getCameraDevice(self) -> str: ...  # noqa: D102, N802
    def getProperty(self, label: str, name: str, /) -> str: ...  # noqa: D102, N802
    def setProperty(self, label: str, name: str, value: str, /) -> None: ...  # noqa: D102, N802
    def hasProperty(self, label: str, name: str, /) -> bool: ...  # noqa: D102, N802
    def getExposure(self) -> float: ...  # noqa: D102, N802
    def setExposure(self, exposure_ms: float, /) -> None: ...  # noqa: D102, N802
    def getPixelSizeUm(self, cached: bool, /) -> float: ...  # noqa: D102, FBT001, N802
    def getChannelGroup(self) -> str: ...  # noqa: D102, N802
    def getCurrentConfigFromCache(self, group: str, /) -> str: ...  # noqa: D102, N802
    def getXYStageDevice(self) -> str: ...  # noqa: D102, N802
    def getFocusDevice(self) -> str: ...  # noqa: D102, N802
    def getXPosition(self) -> float: ...  # noqa: D102, N802
    def getYPosition(self) -> float: ...  # noqa: D102, N802
    def getPosition(self) -> float: ...  # noqa: D102, N802
    def getImageWidth(self) -> int: ...  # noqa: D102, N802
    def getImageHeight(self) -> int: ...  # noqa: D102, N802
    def getImageBitDepth(self) -> int: ...  # noqa: D102, N802
    def getBytesPerPixel(self) -> int: ...  # noqa: D102, N802
    def getNumberOfComponents(self) -> int: ...  # noqa: D102, N802
    def getNumberOfCameraChannels(self) -> int: ...  # noqa: D102, N802
    def snapImage(self) -> None: ...  # noqa: D102, N802
    def getImage(self) -> Pixels: ...  # noqa: D102, N802
    def setCircularBufferMemoryFootprint(self, size_mb: int, /) -> None: ...  # noqa: D102, N802
    def getBufferTotalCapacity(self) -> int: ...  # noqa: D102, N802
    def getRemainingImageCount(self) -> int: ...  # noqa: D102, N802
    def isBufferOverflowed(self) -> bool: ...  # noqa: D102, N802
    def isSequenceRunning(self) -> bool: ...  # noqa: D102, N802
    def startSequenceAcquisition(  # noqa: D102, N802
        self,
        frames: int,
        interval_ms: float,
        stop: bool,  # noqa: FBT001 where its buffer is full
        /,
    ) -> None: ...
    def stopSequenceAcquisition(self) -> None: ...  # noqa: D102, N802
    def popNextImageMD(self, metadata: Any, /) -> Pixels: ...  # noqa: ANN401, D102, N802
    def getLastImageMD(self, metadata: Any, /) -> Pixels: ...  # noqa: ANN401, D102, N802
    def reset(self) -> None: ...  # noqa: D102


def import_pymmcore() -> ModuleType:
    """Import pymmcore. Raises MissingExtraError."""
    try:
        return importlib.import_module("pymmcore")
    except ModuleNotFoundError as missing:
        raise MissingExtraError("pymmcore", "micromanager", "the micromanager source") from missing


def load_core(settings: MicroManagerSettings) -> Core:
    """Make a core and load the hardware configuration.

    Raises
    ------
    MissingExtraError
        If pymmcore, or the adapters that the settings ask for, are not installed.
    SourceError
        If the configuration cannot be loaded.
    """
    if settings.config is None:
        raise SourceError(
            "micromanager: there is neither a configuration nor a core; give config (a .cfg file "
            "or 'demo'), or pass a core that is loaded"
        )
    core = import_pymmcore().CMMCore()
    adapters = Path(settings.adapter_path) if settings.adapter_path else _test_adapters()
    config = adapters / "MMConfig_demo.cfg" if settings.config == DEMO else Path(settings.config)
    if not config.is_file():
        raise SourceError(f"micromanager: there is no configuration file {config}; check config")
    core.setDeviceAdapterSearchPaths([str(adapters)])
    load_configuration(core, config)
    loaded: Core = core
    return loaded


def load_configuration(core: Any, config: Path) -> None:  # noqa: ANN401 any core may come
    """Load a hardware configuration into a core. Raises SourceError with the cure."""
    try:
        core.loadSystemConfiguration(str(config))
    except CORE_ERRORS as error:
        said = " ".join(str(error).split())  # cores write paragraphs
        if "Incompatible device interface version" in str(error):
            raise SourceError(
                f"micromanager: the adapters named in {config} were built for another core "
                f"({core.getAPIVersionInfo()}): {said}; install a pymmcore whose fourth version "
                "number is the adapters' device interface version"
            ) from error
        raise SourceError(
            f"micromanager: {config} cannot be loaded: {said}; check that adapter_path holds "
            "its adapters and that the devices are switched on"
        ) from error


def configure(core: Core, settings: MicroManagerSettings) -> None:
    """Set the camera's properties, exposure and buffer. Raises SourceError naming what failed."""
    camera = core.getCameraDevice()
    if not camera:
        raise SourceError("micromanager: the core has no camera; load a configuration with one")
    step = "the buffer"
    try:
        for name, text in settings.properties.items():
            step = f"property {name} of {camera} to {text!r}"
            core.setProperty(camera, name, text)
        if settings.exposure_ms is not None:
            step = f"the exposure to {settings.exposure_ms} ms"
            core.setExposure(settings.exposure_ms)
        if settings.buffer_mb is not None:
            step = f"the buffer to {settings.buffer_mb} MB"
            core.setCircularBufferMemoryFootprint(settings.buffer_mb)
        draw_fast_image(core)
    except CORE_ERRORS as error:
        raise SourceError(f"micromanager: cannot set {step}: {error}; correct it") from error


def draw_fast_image(core: Core) -> None:
    """Have a demo camera compute the picture that it repeats: it would send zeros otherwise.

    A resize blanks it again, and only a snap with FastImage off fills it. Real cameras do not
    have this property, and are not made to spend light on a snap.
    """
    camera = core.getCameraDevice()
    if core.hasProperty(camera, FAST_IMAGE) and core.getProperty(camera, FAST_IMAGE) == "1":
        core.setProperty(camera, FAST_IMAGE, "0")
        core.snapImage()
        core.setProperty(camera, FAST_IMAGE, "1")


def _test_adapters() -> Path:
    """Find the adapters that mm-test-adapters brings. Raises MissingExtraError."""
    try:
        adapters = importlib.import_module("mm_test_adapters")
    except ModuleNotFoundError as missing:
        raise MissingExtraError(
            "mm-test-adapters", "micromanager", "the micromanager source without an adapter_path"
        ) from missing
    return Path(adapters.device_adapter_path())
