"""Knows which calls of the remote core a tap makes: none that starts, stops or takes anything."""

import contextlib
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

from livecare.errors import ProtocolError, SourceError
from livecare.frame import Pixels, PixelType
from livecare.sources.mm_bridge.client import BridgeClient
from livecare.sources.mm_bridge.faults import RefusedCallError
from livecare.sources.mm_bridge.messages import Reply
from livecare.sources.mm_bridge.tags import FrameTags, read_tags

CORE_CLASS: Final = "mmcorej.CMMCore"
"""Java's name of the core."""
METADATA_CLASS: Final = "mmcorej.Metadata"
"""Java's name of a frame's tags."""
STRING_CLASS: Final = "java.lang.String"
"""Java's name of a text."""

DTYPES: Final[dict[str, PixelType]] = {"byte-array": "uint8", "short-array": "uint16"}
"""Pixel type by the kind of array that pixels come in."""
UNSUPPORTED_TYPES: Final = frozenset({"RGB32", "RGB64", "GRAY32"})
"""Pixel types of the core that no part of livecare takes."""

Value = TypeVar("Value", bool, int, float, str)


@dataclass(frozen=True, slots=True)
class NewestImage:
    """The newest frame of the core's buffer.

    Attributes
    ----------
    pixels : ndarray, one axis
        A view on the bytes that came.
    shape_yx : tuple of int
        Rows and columns, pixels; as many as there are.
    dtype : PixelType
        Of the pixels.
    tags : FrameTags
        The frame's tags.
    """

    pixels: Pixels
    shape_yx: tuple[int, int]
    dtype: PixelType
    tags: FrameTags


class RemoteCore:
    """The running core, by a handle, and one metadata object that every frame's tags go through.

    Every method raises the errors of `BridgeClient.request`.

    Parameters
    ----------
    client : BridgeClient
        The connection.
    reply_timeout_s, control_timeout_s : float
        Time-outs of calls that only look something up, and of calls that ask the camera, s.
    """

    def __init__(
        self, client: BridgeClient, reply_timeout_s: float, control_timeout_s: float
    ) -> None:
        self._client = client
        self._reply_timeout_s = reply_timeout_s
        self._control_timeout_s = control_timeout_s
        # The class has an instance, which the server gives instead of making another.
        self._core = self._construct(CORE_CLASS)
        self._metadata = self._construct(METADATA_CLASS)

    def is_sequence_running(self) -> bool:
        """Tell whether somebody's sequence runs."""
        return self._value("isSequenceRunning", bool)

    def remaining_image_count(self) -> int:
        """Tell how many frames are in the core's buffer."""
        return self._value("getRemainingImageCount", int)

    def newest_image(self) -> NewestImage:
        """Look at the newest frame; it stays in the buffer.

        Raises
        ------
        SourceError
            Also for pixels that are neither 8 nor 16 bits of grey.
        """
        array = self._method("getLastImageMD", (METADATA_CLASS,), ({"hash-code": self._metadata},))
        tags = self._tags()
        if tags.pixel_type in UNSUPPORTED_TYPES:
            raise SourceError(
                f"mm-bridge: the camera sends {tags.pixel_type} pixels; set its pixel type to 8 "
                "or 16 bits of grey"
            )
        dtype = DTYPES.get(array.kind)
        if dtype is None:
            raise self._client.malformed(f"pixels came as {array.kind}")
        rows, columns = tags.shape_yx or self.size_yx()
        if len(array.value) != rows * columns * np.dtype(dtype).itemsize:
            raise self._client.malformed(
                f"{len(array.value)} bytes of {dtype} pixels for a picture of {rows} x {columns}"
            )
        return NewestImage(np.frombuffer(array.value, dtype), (rows, columns), dtype, tags)

    def rejected(self, why: str) -> ProtocolError:
        """Count an answer that makes no sense, and give the error for it."""
        return self._client.malformed(why)

    def camera(self) -> str:
        """Give the name of the camera; empty where no configuration is loaded."""
        return self._value("getCameraDevice", str, asks_camera=True)

    def version(self) -> str:
        """Give the core's version in words."""
        return self._value("getVersionInfo", str, asks_camera=True)

    def channel(self) -> str:
        """Give the name of the current channel preset, from the core's memory; empty if none."""
        group = self._value("getChannelGroup", str, asks_camera=True)
        if not group:
            return ""
        return self._value(
            "getCurrentConfigFromCache", str, (STRING_CLASS,), (group,), asks_camera=True
        )

    def exposure_ms(self) -> float:
        """Give the exposure, ms."""
        return self._value("getExposure", float, asks_camera=True)

    def pixel_size_um(self) -> float:
        """Give the size of a pixel, µm, from the core's memory; 0 where it is not calibrated."""
        return self._value("getPixelSizeUm", float, ("boolean",), (True,), asks_camera=True)

    def size_yx(self) -> tuple[int, int]:
        """Give the camera's rows and columns, pixels."""
        rows = self._value("getImageHeight", int, asks_camera=True)
        columns = self._value("getImageWidth", int, asks_camera=True)
        return rows, columns

    def bytes_per_pixel(self) -> int:
        """Give how many bytes a pixel has."""
        return self._value("getBytesPerPixel", int, asks_camera=True)

    def components(self) -> int:
        """Give how many colours a pixel has."""
        return self._value("getNumberOfComponents", int, asks_camera=True)

    def cameras(self) -> int:
        """Give how many cameras the core's camera joins; 1 for a plain one."""
        return self._value("getNumberOfCameraChannels", int, asks_camera=True)

    def bit_depth(self) -> int:
        """Give how many bits of a pixel the camera uses."""
        return self._value("getImageBitDepth", int, asks_camera=True)

    def let_go(self, timeout_s: float) -> None:
        """Tell the server that the handles are not used any more; otherwise it keeps them."""
        self._destroy(self._metadata, timeout_s)
        self._destroy(self._core, timeout_s)

    def renew_metadata(self) -> None:
        """Make another metadata object: a call that was given up may still write into this."""
        self._destroy(self._metadata, self._reply_timeout_s)
        self._metadata = self._construct(METADATA_CLASS)

    def _destroy(self, handle: str, timeout_s: float) -> None:
        with contextlib.suppress(RefusedCallError):  # it never heard of it: all the better
            message = {"command": "destructor", "hash-code": handle}
            self._client.request("destructor", message, timeout_s)

    def _tags(self) -> FrameTags:
        dump = self._typed(
            "Dump", str, self._run(self._metadata, METADATA_CLASS, "Dump", (), (), False)
        )
        try:
            return read_tags(dump)
        except ProtocolError as error:
            raise self._client.malformed(str(error)) from error

    def _construct(self, classpath: str) -> str:
        message = {
            "command": "constructor",
            "classpath": classpath,
            "argument-types": [],
            "argument-deserialization-types": [],
            "arguments": [],
        }
        reply = self._client.request(f"constructor {classpath}", message, self._control_timeout_s)
        if reply.handle is None:
            raise self._client.malformed(f"no handle came for {classpath}")
        return reply.handle

    def _value(
        self,
        method: str,
        kind: type[Value],
        types: tuple[str, ...] = (),
        arguments: tuple[Any, ...] = (),
        *,
        asks_camera: bool = False,
    ) -> Value:
        reply = self._method(method, types, arguments, asks_camera=asks_camera)
        return self._typed(method, kind, reply)

    def _typed(self, method: str, kind: type[Value], reply: Reply) -> Value:
        """Check that an answer is of the type that the method returns."""
        value = reply.value
        if kind is float and type(value) is int:  # JSON has one kind of number
            return kind(value)
        if type(value) is not kind or reply.kind not in ("primitive", "string"):
            raise self._client.malformed(f"{method} returned {reply.kind}, not {kind.__name__}")
        return value

    def _method(
        self,
        method: str,
        types: tuple[str, ...] = (),
        arguments: tuple[Any, ...] = (),
        *,
        asks_camera: bool = False,
    ) -> Reply:
        return self._run(self._core, CORE_CLASS, method, types, arguments, asks_camera)

    def _run(
        self,
        handle: str,
        classpath: str,
        method: str,
        types: tuple[str, ...],
        arguments: tuple[Any, ...],
        asks_camera: bool,  # noqa: FBT001 private
    ) -> Reply:
        message = {
            "command": "run-method",
            "static": False,
            "hash-code": handle,
            "java_class_name": classpath,
            "name": method,
            "argument-types": list(types),
            "argument-deserialization-types": list(types),
            "arguments": list(arguments),
        }
        timeout_s = self._control_timeout_s if asks_camera else self._reply_timeout_s
        return self._client.request(method, message, timeout_s)
