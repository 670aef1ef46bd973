"""Light frames: their bytes, their pixels, and what is refused before memory is taken for it."""

import random
import struct
import tracemalloc

import msgspec
import numpy as np
import pytest
from blosc_by_hand import unpack_chunk
from wire_examples import END, HEADER, PIXELS, RAW, RESTORATION, START, spoilt

from livecare import light_frame, wire
from livecare.errors import MissingExtraError, ProtocolError
from livecare.frame import FrameHeader, Position
from livecare.light_frame import KINDS, TOPICS, Kind, LightMessage, Refused

LIGHT = LightMessage(
    "run-7", HEADER, RESTORATION, reduction=2, encoding="blosc-lz4", sent_ns=123_456
)
TAIL_HEX = """
a6 73 63 68 65 6d 61 03 a9 72 65 64 75 63 74 69 6f 6e 02 a8 65 6e 63 6f 64 69 6e 67 a9 62 6c 6f
73 63 2d 6c 7a 34 a7 73 65 6e 74 5f 6e 73 ce 00 01 e2 40
"""
"""What follows the restoration: schema, reduction, encoding and sent_ns."""
REFUSED_HEX = """
83 a4 74 79 70 65 a7 72 65 66 75 73 65 64 a6 72 65 61 73 6f 6e a4 66 75 6c 6c a6 73 63 68 65 6d
61 03
"""


def packed(
    shape_yx: tuple[int, int], dtype: str, kind: Kind
) -> tuple[LightMessage, bytes, np.ndarray]:
    """Return a light frame of faint, noisy pixels of this shape of the camera's."""
    reduced = light_frame.reduced_shape(shape_yx, kind.reduction)
    pixels = (100 + 2 * np.random.default_rng(1).poisson(3, reduced)).astype(dtype)
    part, encoding = light_frame.pack(pixels, kind.encoding)
    header = FrameHeader(41, Position(0), shape_yx, dtype, received_ns=0)
    return LightMessage("r", header, reduction=kind.reduction, encoding=encoding), part, pixels


MADE_END_HEX = "04 a6 67 75 61 72 64 73 80"
"""The batch, and no guards."""


def test_a_light_frame_has_exactly_these_bytes() -> None:
    part = wire.encode(LIGHT)
    assert part[:13].hex(" ") == "88 a4 74 79 70 65 a5 6c 69 67 68 74 a6"
    assert part.hex(" ").endswith(f" {MADE_END_HEX} {' '.join(TAIL_HEX.split())}")
    assert light_frame.decode_head([part, b""]) == LIGHT


def test_a_refusal_has_exactly_these_bytes() -> None:
    assert light_frame.encode_refusal("full").hex(" ") == " ".join(REFUSED_HEX.split())
    assert light_frame.decode_head([bytes.fromhex(REFUSED_HEX)]) == Refused("full")


@pytest.mark.parametrize("message", [START, END])
def test_starts_and_ends_are_those_of_plain_topics(message: wire.Message) -> None:
    assert light_frame.decode_head([wire.encode(message)]) == message


def test_a_plain_frame_is_read_as_well() -> None:
    message = light_frame.decode_head([wire.encode(RAW), PIXELS])
    assert message == RAW
    assert light_frame.reduction_of(message) == 1
    assert light_frame.pixels_of(message, PIXELS).tobytes() == PIXELS


def test_who_knows_plain_frames_only_refuses_light_ones_by_their_type() -> None:
    with pytest.raises(ProtocolError, match="light"):
        wire.decode(wire.encode(LIGHT))


def test_topics_are_named_by_lane_reduction_and_encoding() -> None:
    assert len(TOPICS) == 2 * len(KINDS) == 14
    assert TOPICS[b"light/restored/4/blosc-lz4"] == ("restored", Kind(4, "blosc-lz4"))
    assert b"light/raw/1/none" not in TOPICS, "the plain topic is that"


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape_yx", [(1, 1), (33, 70), (512, 512)])
def test_pixels_come_back(shape_yx: tuple[int, int], dtype: str, kind: Kind) -> None:
    message, part, pixels = packed(shape_yx, dtype, kind)
    assert len(part) <= pixels.nbytes
    back = light_frame.pixels_of(message, part)
    assert back.dtype == dtype
    assert not back.flags.writeable
    np.testing.assert_array_equal(back, pixels)


def test_noisy_pixels_become_fewer_bytes() -> None:
    message, part, pixels = packed((512, 512), "uint16", Kind(1, "blosc-lz4"))
    assert message.encoding == "blosc-lz4"
    assert len(part) < pixels.nbytes / 2.5


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape_yx", [(64, 64), (33, 70), (300, 231)])
def test_compressed_pixels_can_be_read_as_the_documentation_says(
    shape_yx: tuple[int, int], dtype: str
) -> None:
    message, part, pixels = packed(shape_yx, dtype, Kind(1, "blosc-lz4"))
    assert message.encoding == "blosc-lz4"
    assert unpack_chunk(part) == pixels.tobytes()


def test_what_cannot_be_made_smaller_is_sent_as_it_is() -> None:
    pixels = np.random.default_rng(1).integers(0, 65535, (32, 32), "uint16")
    assert light_frame.pack(pixels, "blosc-lz4") == (pixels.tobytes(), "none")


@pytest.mark.parametrize("reduction", [0, 3, 16, -2])
def test_another_reduction_is_refused(reduction: int) -> None:
    with pytest.raises(ProtocolError, match=f"frame 41: a reduction of {reduction}"):
        light_frame.decode_head([spoilt(LIGHT, "reduction", reduction), b""])


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("encoding", "zip", "zip"),
        ("reduction", "2", "reduction"),
        ("header.shape_yx", [2**32, 2**32], "bytes of pixels"),
        ("schema", 4, "schema 4"),
    ],
)
def test_a_wrong_field_is_named(path: str, value: object, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        light_frame.decode_head([spoilt(LIGHT, path, value), b""])


@pytest.mark.parametrize("parts", [[], [wire.encode(LIGHT)], [wire.encode(END), b""]])
def test_wrong_parts_are_refused(parts: list[bytes]) -> None:
    with pytest.raises(ProtocolError):
        light_frame.decode_head(parts)


@pytest.mark.parametrize("length", [0, 15, 16, 100])
def test_too_few_bytes_are_refused(length: int) -> None:
    message, part, _ = packed((64, 64), "uint16", Kind(2, "blosc-lz4"))
    with pytest.raises(ProtocolError, match="frame 41"):
        light_frame.pixels_of(message, part[:length])


def test_a_chunk_that_claims_a_gigabyte_costs_no_memory() -> None:
    message, part, _ = packed((64, 64), "uint16", Kind(2, "blosc-lz4"))
    claim = part[:4] + struct.pack("<I", 1 << 30) + part[8:]
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match=f"become {1 << 30}; .* 2048 are expected"):
            light_frame.pixels_of(message, claim)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_a_spoilt_chunk_gives_pixels_or_a_protocol_error() -> None:
    message, part, pixels = packed((64, 96), "uint16", Kind(1, "blosc-lz4"))
    chance = random.Random(1)
    refused = 0
    for _ in range(2000):
        wrong = bytearray(part)
        for _ in range(chance.choice((1, 2, 30))):
            wrong[chance.choice((chance.randrange(64), chance.randrange(len(part))))] = (
                chance.randrange(256)
            )
        try:
            assert light_frame.pixels_of(message, bytes(wrong)).shape == pixels.shape
        except ProtocolError:
            refused += 1
    assert refused > 500


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    message, part, _ = packed((64, 64), "uint16", Kind(2, "blosc-lz4"))
    monkeypatch.setattr(light_frame, "_find_blosc", lambda: None)
    with pytest.raises(MissingExtraError, match=r"livecare\[compression\]"):
        light_frame.pixels_of(message, part)
    assert light_frame.pack(np.zeros((2, 2), "uint8"), "blosc-lz4") == (bytes(4), "none")


def test_a_field_that_we_do_not_know_is_passed_over() -> None:
    newer = msgspec.msgpack.decode(wire.encode(LIGHT)) | {"tiles": [1]}
    assert light_frame.decode_head([msgspec.msgpack.encode(newer), b""]) == LIGHT
