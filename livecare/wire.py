"""The only module that knows a frame message's bytes.

A message is one or two parts: a msgpack map, then for a frame its pixels (C order, little
endian). The map's `type` is "start", "frame" or "end"; `schema` is the version of this format.
The same map heads every slot of a frame ring.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final, TypeVar

import msgspec
import numpy as np

from livecare.errors import ProtocolError
from livecare.frame import (
    PIXEL_TYPES,
    Frame,
    FrameHeader,
    Ledger,
    Pixels,
    Restoration,
    StreamInfo,
)
from livecare.shown_text import has_unwanted

SCHEMA: Final = 3
"""Version of the format; a receiver refuses every other."""

MAX_HEADER_BYTES: Final = 64 * 1024
"""Longest accepted map, bytes: a frame's is under 1 KiB, a start's a few KiB with its detail."""

MAX_FRAME_BYTES: Final = 1 << 30
"""Largest accepted frame, bytes: 6000 × 6000 float32 is 144 MB."""

MAX_NUMBER: Final = (1 << 63) - 1
"""Largest accepted count, index or time: what a signed 64-bit integer holds."""

Part = bytes | memoryview


class StartMessage(msgspec.Struct, frozen=True, tag="start", tag_field="type"):
    """An acquisition begins.

    Attributes
    ----------
    info : StreamInfo
        What the stream will look like; `info.run_id` names the run in every later message.
    schema : int
        Version of the format.
    """

    info: StreamInfo
    schema: int = SCHEMA


class FrameMessage(msgspec.Struct, frozen=True, tag="frame", tag_field="type"):
    """One frame; its pixels are the next part.

    Attributes
    ----------
    run_id : str
        The run that the frame belongs to.
    header : FrameHeader
        What the frame is.
    restoration : Restoration or None
        How it was made, for a restored frame; None for a raw one.
    schema : int
        Version of the format.
    """

    run_id: str
    header: FrameHeader
    restoration: Restoration | None = None
    schema: int = SCHEMA


class EndMessage(msgspec.Struct, frozen=True, tag="end", tag_field="type"):
    """An acquisition is over.

    Attributes
    ----------
    run_id : str
        The run that ended.
    ledger : Ledger
        What became of every frame.
    schema : int
        Version of the format.
    """

    run_id: str
    ledger: Ledger
    schema: int = SCHEMA


Message = StartMessage | FrameMessage | EndMessage

Kind = TypeVar("Kind")
"""What a decoder makes of a map."""


class _Envelope(msgspec.Struct, frozen=True):
    """What the map of every version has; the rest is walked over, and nothing is built of it."""

    type: str
    schema: int


_encoder = msgspec.msgpack.Encoder()
_envelope_decoder = msgspec.msgpack.Decoder(_Envelope)
_decoder = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> bytes:
    """Return a message's map as msgpack.

    Raises
    ------
    ProtocolError
        If it is so long that every receiver would refuse it.
    """
    part = _encoder.encode(message)
    _check_length(part)
    return part


def decode(part: Part) -> Message:
    """Read a message's map.

    Raises
    ------
    ProtocolError
        If the bytes are no message, of another schema, or name an impossible frame.
    """
    message: Message = decode_with(_decoder, part)
    return message


def decode_with(decoder: msgspec.msgpack.Decoder[Kind], part: Part) -> Kind:
    """Read a map with a decoder that knows more types of message. Raises ProtocolError."""
    _check_length(part)
    try:
        schema = _envelope_decoder.decode(part).schema
        if schema != SCHEMA:
            raise ProtocolError(
                f"message of schema {schema}; this livecare speaks {SCHEMA}: update the older"
            )
        message = decoder.decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"message header cannot be read: {error}") from error
    if isinstance(message, FrameMessage):
        check_header(message.header)
    elif isinstance(message, StartMessage):
        _check_info(message.info)
    elif isinstance(message, EndMessage):
        _check_numbers(f"end of run {message.run_id!r}", **asdict(message.ledger))
    return message


def decode_frame(part: Part) -> FrameMessage:
    """Read a map that must be a frame's. Raises ProtocolError."""
    message = decode(part)
    if not isinstance(message, FrameMessage):
        raise ProtocolError(f"expected a frame, got {type(message).__name__}")
    return message


def decode_message(parts: Sequence[Part]) -> tuple[Message, Frame | None]:
    """Read a whole message as it comes from a socket (without a topic part).

    Returns
    -------
    message : Message
        The map.
    frame : Frame or None
        For a frame: its header and a read-only view of its pixels in `parts`.

    Raises
    ------
    ProtocolError
        As `decode`, or if parts are missing, too many, or the pixels are of another size than
        the header says.
    """
    message = decode_head(_decoder, parts)
    if not isinstance(message, FrameMessage):
        return message, None
    pixels = pixels_of(message.header, parts[1])
    pixels.flags.writeable = False
    return message, Frame(message.header, pixels)


def decode_head(decoder: msgspec.msgpack.Decoder[Kind], parts: Sequence[Part]) -> Kind:
    """Read the map of a message that has as many parts as it should. Raises ProtocolError."""
    if not parts:
        raise ProtocolError("empty message")
    message = decode_with(decoder, parts[0])
    expected_parts = 2 if isinstance(message, FrameMessage) else 1
    if len(parts) != expected_parts:
        raise ProtocolError(
            f"{type(message).__name__} of {len(parts)} parts; it has {expected_parts}"
        )
    return message


def pixels_of(header: FrameHeader, part: Part) -> Pixels:
    """View a part as the frame that a header announces, shape (y, x). Raises ProtocolError."""
    length = memoryview(part).nbytes
    if length != header.frame_bytes:
        raise ProtocolError(
            f"frame {header.sequence}: {length} bytes of pixels; {header.shape_yx} "
            f"{header.dtype} has {header.frame_bytes}"
        )
    return np.frombuffer(part, dtype=header.dtype).reshape(header.shape_yx)


def check_header(header: FrameHeader) -> None:
    """Refuse a header that can describe no frame. Raises ProtocolError."""
    name = f"frame {header.sequence}"
    _check_shape(name, header.shape_yx, header.dtype)
    _check_numbers(
        name,
        sequence=header.sequence,
        t=header.position.t,
        c=header.position.c,
        z=header.position.z,
        p=header.position.p,
        lost_before=header.lost_before,
        skipped_before=header.skipped_before,
        epoch=header.epoch,
    )
    for number in (header.received_ns, header.camera_index or 0, header.camera_time_ns or 0):
        if number > MAX_NUMBER:
            raise ProtocolError(f"{name}: {number} is no time and no index")


def _check_info(info: StreamInfo) -> None:
    name = f"start of run {info.run_id!r}"
    _check_shape(name, info.shape_yx, info.dtype)
    _check_numbers(name, expected_frames=info.expected_frames or 0)
    if info.size_z < 1 or not info.channels or not info.positions:
        raise ProtocolError(f"{name}: no channels, planes or positions")
    for spacing in (info.pixel_size_um, info.z_step_um, info.interval_s):
        if spacing is not None and not math.isfinite(spacing):
            raise ProtocolError(f"{name}: a spacing of {spacing}")
    try:
        json.dumps(info.detail, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"{name}: its detail is not JSON: {error}") from error


def check_names(info: StreamInfo) -> None:
    """Refuse names that a stranger gave and that would do something where they are shown.

    Raises
    ------
    ProtocolError
        If the run, its source, a channel or a position is called so.
    """
    named = (
        ("run_id", (info.run_id,)),
        ("source", (info.source,)),
        ("channels", info.channels),
        ("positions", info.positions),
    )
    for field, names in named:
        for name in names:
            if has_unwanted(name):
                raise ProtocolError(
                    f"start of run {info.run_id!r:.80}: {field} has the name {name!r:.80}, and "
                    "control characters are in it: leave them out"
                )


def _check_shape(name: str, shape_yx: tuple[int, int], dtype: str) -> None:
    rows, columns = shape_yx
    if dtype not in PIXEL_TYPES or rows < 1 or columns < 1:
        raise ProtocolError(f"{name}: {rows} × {columns} {dtype} is no frame")
    size = rows * columns * np.dtype(dtype).itemsize
    if size > MAX_FRAME_BYTES:
        raise ProtocolError(f"{name}: {size} bytes of pixels; {MAX_FRAME_BYTES} is the most")


def _check_numbers(name: str, **numbers: int) -> None:
    for field, number in numbers.items():
        if not 0 <= number <= MAX_NUMBER:
            raise ProtocolError(f"{name}: {field} is {number}; it must be 0 to {MAX_NUMBER}")


def _check_length(part: Part) -> None:
    if len(part) > MAX_HEADER_BYTES:
        raise ProtocolError(f"message header of {len(part)} bytes; {MAX_HEADER_BYTES} is the most")
