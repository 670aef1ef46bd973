"""The format, byte by byte, so that it cannot change unnoticed.

A test that fails here means that yesterday's clients no longer understand today's livecare: either
undo the change, or raise `wire.SCHEMA`, give `livecare.wire` its words, and write these bytes anew.
"""

import struct
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from wire_examples import END, PIXELS, RAW, RESTORED, START

from livecare import wire
from livecare.frame import GuardReading
from livecare.wire import Message

START_HEX = """
83 a4 74 79 70 65 a5 73 74 61 72 74 a4 69 6e 66 6f 8f a6 72 75 6e 5f 69 64 a5 72 75 6e 2d 37 a6
73 6f 75 72 63 65 a9 73 69 6d 75 6c 61 74 65 64 a8 73 68 61 70 65 5f 79 78 92 02 03 a5 64 74 79
70 65 a6 75 69 6e 74 31 36 a8 63 68 61 6e 6e 65 6c 73 92 a3 47 46 50 a8 c2 b5 2d 70 68 61 73 65
a6 73 69 7a 65 5f 7a 05 a9 70 6f 73 69 74 69 6f 6e 73 91 a2 41 31 ad 70 69 78 65 6c 5f 73 69 7a
65 5f 75 6d cb 3f c0 00 00 00 00 00 00 a9 7a 5f 73 74 65 70 5f 75 6d cb bf e0 00 00 00 00 00 00
aa 69 6e 74 65 72 76 61 6c 5f 73 cb 40 00 00 00 00 00 00 00 af 65 78 70 65 63 74 65 64 5f 66 72
61 6d 65 73 cd 02 58 a5 67 72 6f 77 73 c3 af 73 74 61 72 74 65 64 5f 77 61 6c 6c 5f 6e 73 cf 17
97 9c fe 36 2a 00 00 b4 73 74 61 72 74 65 64 5f 6d 6f 6e 6f 74 6f 6e 69 63 5f 6e 73 ce 07 5b cd
15 a6 64 65 74 61 69 6c 82 ab 65 78 70 6f 73 75 72 65 5f 6d 73 0a a7 62 69 6e 6e 69 6e 67 92 01
01 a6 73 63 68 65 6d 61 03
"""
RAW_HEX = """
85 a4 74 79 70 65 a5 66 72 61 6d 65 a6 72 75 6e 5f 69 64 a5 72 75 6e 2d 37 a6 68 65 61 64 65 72
8b a8 73 65 71 75 65 6e 63 65 29 a8 70 6f 73 69 74 69 6f 6e 84 a1 74 04 a1 63 01 a1 7a 02 a1 70
00 a8 73 68 61 70 65 5f 79 78 92 02 03 a5 64 74 79 70 65 a6 75 69 6e 74 31 36 ab 72 65 63 65 69
76 65 64 5f 6e 73 ce 3a de 68 b1 ac 63 61 6d 65 72 61 5f 69 6e 64 65 78 2d ae 63 61 6d 65 72 61
5f 74 69 6d 65 5f 6e 73 ce 18 70 1a 80 ab 6c 6f 73 74 5f 62 65 66 6f 72 65 03 ae 6c 6f 73 73 5f
65 73 74 69 6d 61 74 65 64 c3 ae 73 6b 69 70 70 65 64 5f 62 65 66 6f 72 65 01 a5 65 70 6f 63 68
02 ab 72 65 73 74 6f 72 61 74 69 6f 6e c0 a6 73 63 68 65 6d 61 03
"""
RESTORED_HEX = """
85 a4 74 79 70 65 a5 66 72 61 6d 65 a6 72 75 6e 5f 69 64 a5 72 75 6e 2d 37 a6 68 65 61 64 65 72
8b a8 73 65 71 75 65 6e 63 65 29 a8 70 6f 73 69 74 69 6f 6e 84 a1 74 04 a1 63 01 a1 7a 02 a1 70
00 a8 73 68 61 70 65 5f 79 78 92 02 03 a5 64 74 79 70 65 a6 75 69 6e 74 31 36 ab 72 65 63 65 69
76 65 64 5f 6e 73 ce 3a de 68 b1 ac 63 61 6d 65 72 61 5f 69 6e 64 65 78 2d ae 63 61 6d 65 72 61
5f 74 69 6d 65 5f 6e 73 ce 18 70 1a 80 ab 6c 6f 73 74 5f 62 65 66 6f 72 65 03 ae 6c 6f 73 73 5f
65 73 74 69 6d 61 74 65 64 c3 ae 73 6b 69 70 70 65 64 5f 62 65 66 6f 72 65 01 a5 65 70 6f 63 68
02 ab 72 65 73 74 6f 72 61 74 69 6f 6e 8b a6 65 6e 67 69 6e 65 ab 6f 6e 6e 78 72 75 6e 74 69 6d
65 a9 70 72 65 63 69 73 69 6f 6e a4 66 70 33 32 a5 6d 6f 64 65 6c a5 71 75 69 63 6b ac 6d 6f 64
65 6c 5f 73 68 61 32 35 36 d9 40 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61
62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61 62 61
62 61 62 61 62 61 62 61 62 61 62 ad 6e 6f 72 6d 61 6c 69 73 61 74 69 6f 6e a5 66 69 78 65 64 af
6e 6f 72 6d 61 6c 69 73 65 64 5f 77 69 74 68 82 a3 6c 6f 77 cb 40 59 00 00 00 00 00 00 a4 68 69
67 68 cb 40 79 08 00 00 00 00 00 a8 74 61 6b 65 6e 5f 6e 73 01 a9 65 6e 67 69 6e 65 5f 6e 73 02
ac 70 75 62 6c 69 73 68 65 64 5f 6e 73 03 a5 62 61 74 63 68 04 a6 67 75 61 72 64 73 80 a6 73 63
68 65 6d 61 03
"""
END_HEX = """
84 a4 74 79 70 65 a3 65 6e 64 a6 72 75 6e 5f 69 64 a5 72 75 6e 2d 37 a6 6c 65 64 67 65 72 86 a8
61 63 71 75 69 72 65 64 cd 02 58 a8 72 65 63 6f 72 64 65 64 cd 02 57 a8 72 65 73 74 6f 72 65 64
cd 02 4e a7 73 6b 69 70 70 65 64 09 a6 66 61 69 6c 65 64 01 a4 6c 6f 73 74 00 a6 73 63 68 65 6d
61 03
"""
GOLDEN = [
    pytest.param(START, START_HEX, id="start"),
    pytest.param(RAW, RAW_HEX, id="raw frame"),
    pytest.param(RESTORED, RESTORED_HEX, id="restored frame"),
    pytest.param(END, END_HEX, id="end"),
]


@pytest.mark.parametrize(("message", "golden"), GOLDEN)
def test_a_message_has_exactly_these_bytes(message: Message, golden: str) -> None:
    assert wire.encode(message).hex(" ") == " ".join(golden.split())


@pytest.mark.parametrize(("message", "golden"), GOLDEN)
def test_these_bytes_are_read_as_the_message(message: Message, golden: str) -> None:
    assert wire.decode(bytes.fromhex(golden)) == message


def test_guards_are_two_numbers_each_and_may_be_missing() -> None:
    """Frames of livecare before it had guards are read as frames that nobody judged."""
    part = bytes.fromhex(RESTORED_HEX)
    before = part.replace(b"restoration\x8b", b"restoration\x8a").replace(b"\xa6guards\x80", b"")
    assert len(before) == len(part) - 8
    assert wire.decode(before) == RESTORED
    made = RESTORED.restoration
    assert made is not None
    read = {"empty": GuardReading(0.25, 1.5)}
    judged = msgspec.structs.replace(RESTORED, restoration=replace(made, guards=read))
    encoded = wire.encode(judged)
    pair = b"\x92" + b"".join(b"\xcb" + struct.pack(">d", each) for each in (0.25, 1.5))
    assert b"\xa6guards\x81\xa5empty" + pair in encoded
    assert wire.decode(encoded) == judged


def test_pixels_are_little_endian_rows_one_after_the_other() -> None:
    _, frame = wire.decode_message([bytes.fromhex(RAW_HEX), PIXELS])
    np.testing.assert_array_equal(
        frame.pixels, [[0x0100, 0x0302, 0x0504], [0x0706, 0x0908, 0x0B0A]]
    )


def test_the_limits_are_part_of_the_format() -> None:
    assert (wire.SCHEMA, wire.MAX_HEADER_BYTES, wire.MAX_FRAME_BYTES) == (3, 65536, 1 << 30)
