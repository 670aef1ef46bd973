"""Knows the Java signatures that the server shows; clients choose overloads by them."""

from collections.abc import Mapping
from typing import Any, Final

METADATA: Final = "mmcorej.Metadata"
"""Class of a frame's tags."""
STRING: Final = "java.lang.String"
"""Class of a text."""
PIXELS: Final = "java.lang.Object"
"""Class of an array of pixels, whatever their type."""

Signature = tuple[str, str, tuple[str, ...]]
"""Name, type of what is returned, types of the arguments."""

CORE_METHODS: Final[tuple[Signature, ...]] = (
    ("clearCircularBuffer", "void", ()),
    ("getBufferFreeCapacity", "int", ()),
    ("getBufferTotalCapacity", "int", ()),
    ("getBytesPerPixel", "long", ()),
    ("getCameraDevice", STRING, ()),
    ("getChannelGroup", STRING, ()),
    ("getCurrentConfig", STRING, (STRING,)),
    ("getCurrentConfigFromCache", STRING, (STRING,)),
    ("getExposure", "double", ()),
    ("getImageBitDepth", "long", ()),
    ("getImageHeight", "long", ()),
    ("getImageWidth", "long", ()),
    ("getLastImage", PIXELS, ()),
    ("getLastImageMD", PIXELS, (METADATA,)),
    ("getNumberOfCameraChannels", "long", ()),
    ("getNumberOfComponents", "long", ()),
    ("getPixelSizeUm", "double", ()),
    ("getPixelSizeUm", "double", ("boolean",)),
    ("getRemainingImageCount", "int", ()),
    ("getVersionInfo", STRING, ()),
    ("isBufferOverflowed", "boolean", ()),
    ("isSequenceRunning", "boolean", ()),
    ("popNextImage", PIXELS, ()),
    ("popNextImageMD", PIXELS, (METADATA,)),
    ("setExposure", "void", ("double",)),
    ("startContinuousSequenceAcquisition", "void", ("double",)),
    ("startSequenceAcquisition", "void", ("int", "double", "boolean")),
    ("stopSequenceAcquisition", "void", ()),
)
"""Methods of the core that clients call."""
METADATA_METHODS: Final[tuple[Signature, ...]] = (
    ("Dump", STRING, ()),
    ("HasTag", "boolean", (STRING,)),
)
"""Methods of a frame's tags."""
METHODS: Final[Mapping[str, tuple[Signature, ...]]] = {
    "mmcorej.CMMCore": CORE_METHODS,
    METADATA: METADATA_METHODS,
}
"""Methods of every class that can be had."""


def describe_class(name: str) -> dict[str, Any]:
    """Return what the server says of an object beside its handle."""
    return {
        "class": name,
        "interfaces": [name, "java.lang.Object"],
        "fields": [],
        "api": [
            {"name": method, "return-type": returned, "arguments": list(arguments)}
            for method, returned, arguments in METHODS[name]
        ],
    }


def describe_constructors(name: str) -> list[dict[str, Any]]:
    """Return the constructors of a class: each here has one, without arguments."""
    return [{"name": name, "arguments": []}]


def has_method(class_name: str, method: str, arguments: list[str]) -> bool:
    """Tell whether a class has a method with such arguments."""
    return any(
        (method, tuple(arguments)) == (known, types) for known, _, types in METHODS[class_name]
    )
