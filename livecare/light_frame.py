"""The only module that knows a light frame's bytes: fewer pixels, compressed, for a thin network.

A light topic is named `light/LANE/REDUCTION/ENCODING`: "light/restored/4/blosc-lz4". Its messages
are those of `livecare.wire`, but that a frame's `type` is "light", and one more: "refused".
"""

import functools
import importlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec
import numpy as np

from livecare import wire
from livecare.errors import MissingExtraError, ProtocolError
from livecare.frame import Pixels
from livecare.wire import EndMessage, FrameMessage, Part, StartMessage

Encoding = Literal["none", "blosc-lz4"]
"""How pixels lie in the second part: as they are, or as one Blosc chunk (LZ4 after a shuffle of the
bits, which brings 1.5 to 3.5 times less of noisy 16-bit pixels; LZ4 alone brings 1.1 to 2.2)."""

REDUCTIONS: Final = (1, 2, 4, 8)
"""Pixels of the camera, in each direction, that one pixel may be the mean of."""

LEASE_S: Final = 15.0
"""How long a light topic is served after it was last asked for, seconds: whoever wants it
subscribes again in time, and one that is stopped or out of reach keeps no topic alive."""

RENEW_S: Final = 5.0
"""Time after which a subscriber asks again, seconds."""

_BLOSC_HEAD: Final = struct.Struct("<4B3I")
"""How a Blosc chunk begins: two versions, flags, item size; bytes unpacked, of a block, packed."""

_LEVEL: Final = 5
"""Compression level of Blosc, 1 to 9: higher ones gain 3 %."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done to the pixels of a light topic.

    Attributes
    ----------
    reduction : int
        One of `REDUCTIONS`.
    encoding : Encoding
        How the pixels are to be sent, if the publisher can, and if it makes them fewer bytes.
    """

    reduction: int
    encoding: Encoding

    def __str__(self) -> str:
        return f"{self.reduction}/{self.encoding}"

    def topic(self, lane: str) -> bytes:
        """Name the topic of a lane's frames ("raw" or "restored") of this kind."""
        return f"light/{lane}/{self}".encode()


KINDS: Final = tuple(
    Kind(reduction, encoding)
    for reduction in REDUCTIONS
    for encoding in ("none", "blosc-lz4")
    if (reduction, encoding) != (1, "none")  # the plain topics are that
)
"""All kinds of light topics."""

TOPICS: Final = MappingProxyType(
    {kind.topic(lane): (lane, kind) for lane in ("raw", "restored") for kind in KINDS}
)
"""All light topics there are: the lane and the kind of each."""


class LightMessage(FrameMessage, frozen=True, tag="light", tag_field="type"):
    """A frame of a light topic; `header` is that of the frame as the camera took it.

    Attributes
    ----------
    reduction : int
        Each pixel is the mean of so many by so many; at the far edges of those that are there.
    encoding : Encoding
        What the next part holds; it may be "none" where the topic says otherwise.
    sent_ns : int
        When it was sent, monotonic clock of the recording machine, ns: whoever sees it arrive later
        and later is on a network that is too slow for it.
    """

    reduction: int = 1
    encoding: Encoding = "none"
    sent_ns: int = 0


class Refused(msgspec.Struct, frozen=True, tag="refused", tag_field="type"):
    """A light topic is not served now.

    Attributes
    ----------
    reason : str
        Why, and what to subscribe to instead.
    schema : int
        Version of the format.
    """

    reason: str
    schema: int = wire.SCHEMA


LightTopicMessage = StartMessage | FrameMessage | LightMessage | EndMessage | Refused

_decoder = msgspec.msgpack.Decoder(LightTopicMessage)


def encode_refusal(reason: str) -> bytes:
    """Return the map of a `Refused`."""
    return msgspec.msgpack.encode(Refused(reason))


def decode_head(parts: Sequence[Part]) -> LightTopicMessage:
    """Read a message of any topic without its pixels: those are for `pixels_of`.

    Raises
    ------
    ProtocolError
        If it is none, or has not the parts that it should have.
    """
    message: LightTopicMessage = wire.decode_head(_decoder, parts)
    if isinstance(message, LightMessage) and message.reduction not in REDUCTIONS:
        raise ProtocolError(
            f"frame {message.header.sequence}: a reduction of {message.reduction}; "
            f"it is one of {', '.join(map(str, REDUCTIONS))}"
        )
    return message


def reduction_of(message: FrameMessage) -> int:
    """Return the reduction of a frame, plain or light."""
    return message.reduction if isinstance(message, LightMessage) else 1


def reduced_shape(shape_yx: tuple[int, int], reduction: int) -> tuple[int, int]:
    """Return the rows and columns of a frame after its reduction."""
    rows, columns = shape_yx
    return -(-rows // reduction), -(-columns // reduction)


def pixels_of(message: FrameMessage, part: Part) -> Pixels:
    """Read the pixels of a frame, plain or light.

    Parameters
    ----------
    message : FrameMessage
        As `decode_head` returned it.
    part : bytes or memoryview
        The part after it.

    Returns
    -------
    array, shape `reduced_shape(...)`
        Read-only; a view of `part` where nothing was compressed.

    Raises
    ------
    ProtocolError
        If the pixels are not of the size that the header and the reduction say, or damaged.
    MissingExtraError
        If they are compressed, and the package for that is not installed.
    """
    shape_yx = reduced_shape(message.header.shape_yx, reduction_of(message))
    size = shape_yx[0] * shape_yx[1] * np.dtype(message.header.dtype).itemsize
    if isinstance(message, LightMessage) and message.encoding == "blosc-lz4":
        part = _unpack(message, part, size)
    length = memoryview(part).nbytes
    if length != size:
        raise ProtocolError(
            f"frame {message.header.sequence}: {length} bytes of pixels; {shape_yx} "
            f"{message.header.dtype} has {size}"
        )
    pixels = np.frombuffer(part, message.header.dtype).reshape(shape_yx)
    pixels.flags.writeable = False
    return pixels


def pack(pixels: Pixels, encoding: Encoding) -> tuple[bytes, Encoding]:
    """Return the part for C-contiguous pixels, and how it is encoded in the end.

    That is "none" where compression is not installed, or makes nothing smaller.
    """
    if encoding == "blosc-lz4":
        try:
            blosc = load_blosc()
        except MissingExtraError:
            return pixels.tobytes(), "none"
        chunk: bytes = blosc.compress(pixels, b"lz4", _LEVEL, blosc.BITSHUFFLE)
        if len(chunk) < pixels.nbytes:
            return chunk, encoding
    return pixels.tobytes(), "none"


def load_blosc() -> Any:  # noqa: ANN401 - numcodecs has no types
    """Import the compressor, which takes 0.3 s. Raises MissingExtraError."""
    blosc = _find_blosc()
    if blosc is None:
        raise MissingExtraError("numcodecs", "compression", "a compressed preview")
    return blosc


@functools.cache
def _find_blosc() -> Any:  # noqa: ANN401 - numcodecs has no types
    try:
        return importlib.import_module("numcodecs.blosc")
    except ImportError:
        return None


def _unpack(message: LightMessage, part: Part, size: int) -> bytes:
    """Decompress, once the chunk says that it has the size that it must have."""
    name, length = f"frame {message.header.sequence}", memoryview(part).nbytes
    if length < _BLOSC_HEAD.size:
        raise ProtocolError(f"{name}: {length} bytes are no compressed pixels")
    *_, unpacked, _, packed = _BLOSC_HEAD.unpack_from(part)
    if (unpacked, packed) != (size, length):
        raise ProtocolError(
            f"{name}: {packed} bytes that become {unpacked}; there are {length}, and {size} "
            f"are expected"
        )
    try:
        pixels: bytes = load_blosc().decompress(part)
    except (RuntimeError, ValueError) as error:
        raise ProtocolError(f"{name}: compressed pixels are damaged: {error}") from error
    return pixels
