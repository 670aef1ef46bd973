"""Whatever the bytes, a message or a ProtocolError comes of them, and never anything else."""

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wire_examples import EXAMPLES, PIXELS, RAW, as_map, messages

from livecare import wire
from livecare.errors import ProtocolError
from livecare.wire import Message, Part

whole_parts = st.sampled_from([wire.encode(message) for message in EXAMPLES.values()])
msgpack_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=10,
)


def judged(part: Part) -> Message | None:
    """Decode; None for a ProtocolError. A valid message must be sendable on."""
    try:
        message = wire.decode(part)
    except ProtocolError:
        return None
    again = wire.encode(message)
    assert wire.encode(wire.decode(again)) == again
    return message


@given(st.binary(max_size=300))
@example(b"")
@example(b"\x80")
@example(b"\xc1")
def test_random_bytes(part: bytes) -> None:
    assert judged(part) is None


@given(msgpack_values)
def test_msgpack_that_is_no_message(value: object) -> None:
    assert judged(msgspec.msgpack.encode(value)) is None


@settings(max_examples=400)
@given(whole_parts, st.data())
def test_bytes_changed_anywhere(part: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(part)
    for _ in range(data.draw(st.integers(1, 4), label="changes")):
        spoilt[data.draw(st.integers(0, len(part) - 1), label="at")] = data.draw(
            st.integers(0, 255), label="byte"
        )
    judged(bytes(spoilt))


def test_every_single_byte_changed_in_every_way() -> None:
    part = wire.encode(RAW)
    spoilt = bytearray(part)
    for at, right in enumerate(part):
        for wrong in (0x00, 0x7F, 0x80, 0x90, 0xC0, 0xC1, 0xCB, 0xCF, 0xD9, 0xDD, 0xDF, 0xFF):
            spoilt[at] = wrong
            judged(bytes(spoilt))
        spoilt[at] = right
    assert judged(bytes(spoilt)) == RAW


@given(whole_parts, st.data())
def test_bytes_cut_out_or_put_in(part: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(part)), label="start")
    end = data.draw(st.integers(start, len(part)), label="end")
    judged(part[:start] + data.draw(st.binary(max_size=20), label="instead") + part[end:])


def test_every_truncation_of_every_message_is_refused() -> None:
    for message in EXAMPLES.values():
        part = wire.encode(message)
        assert all(judged(part[:length]) is None for length in range(len(part)))


@settings(max_examples=200)
@given(st.sampled_from(list(EXAMPLES.values())), msgpack_values, st.data())
def test_any_field_of_any_type(message: Message, value: object, data: st.DataObject) -> None:
    whole = inner = as_map(message)
    field = data.draw(st.sampled_from(sorted(inner)), label="field")
    while isinstance(inner[field], dict) and inner[field] and data.draw(st.booleans()):
        inner = inner[field]
        field = data.draw(st.sampled_from(sorted(inner)), label="field")
    inner[field] = value
    judged(msgspec.msgpack.encode(whole))


@settings(max_examples=200)
@given(
    st.tuples(*[st.integers(-(2**63), 2**64 - 1)] * 2),
    st.sampled_from(["uint8", "uint16", "float32"]),
    st.binary(max_size=64),
)
@example((2**32, 2**32), "uint8", b"")
@example((2**63, 2), "uint8", b"")
@example((-1, -12), "uint8", PIXELS)
def test_any_shape_with_any_pixels(shape_yx: tuple[int, int], dtype: str, pixels: bytes) -> None:
    whole = as_map(RAW)
    whole["header"] |= {"shape_yx": shape_yx, "dtype": dtype}
    part = msgspec.msgpack.encode(whole)
    try:
        _, frame = wire.decode_message([part, pixels])
    except ProtocolError:
        return
    assert frame.pixels.nbytes == len(pixels)
    assert frame.pixels.shape == shape_yx


@given(st.lists(whole_parts | st.binary(max_size=20) | st.just(PIXELS), max_size=4))
def test_any_parts(parts: list[bytes]) -> None:
    try:
        message, frame = wire.decode_message(parts)
    except ProtocolError:
        return
    assert (frame is None) == (not isinstance(message, wire.FrameMessage))


@given(messages, st.integers(0, 400))
def test_truncations_of_any_valid_message(message: Message, length: int) -> None:
    part = wire.encode(message)
    if length < len(part):
        assert judged(part[:length]) is None
