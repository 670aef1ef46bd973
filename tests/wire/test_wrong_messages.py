"""Each way in which a message can be wrong, and the words that name it."""

import math
import re
import tracemalloc
from dataclasses import replace

import msgspec
import pytest
from wire_examples import END, EXAMPLES, PIXELS, RAW, RESTORED, START, as_map, spoilt

from livecare import wire
from livecare.errors import ProtocolError
from livecare.wire import MAX_HEADER_BYTES, Message, StartMessage

WRONG = [
    (RAW, "type", "photo", "photo"),
    (RAW, "type", 3, "type"),
    (RAW, "schema", 1, "schema 1"),
    (RAW, "schema", -1, "schema -1"),
    (RAW, "schema", "1", "schema"),
    (RAW, "run_id", 7, "run_id"),
    (RAW, "header", None, "header"),
    (RAW, "header.sequence", -1, "sequence is -1"),
    (RAW, "header.sequence", 1.5, "sequence"),
    (RAW, "header.sequence", "1", "sequence"),
    (RAW, "header.sequence", True, "sequence"),
    (RAW, "header.sequence", 2**63, "sequence is 9223372036854775808"),
    (RAW, "header.position", [0, 0, 0, 0], "position"),
    (RAW, "header.position.t", -1, "t is -1"),
    (RAW, "header.position.c", -2, "c is -2"),
    (RAW, "header.position.z", -3, "z is -3"),
    (RAW, "header.position.p", 2**64 - 1, "p is 18446744073709551615"),
    (RAW, "header.lost_before", -1, "lost_before is -1"),
    (RAW, "header.skipped_before", -1, "skipped_before is -1"),
    (RAW, "header.received_ns", 2**63, "9223372036854775808 is no time"),
    (RAW, "header.camera_index", 2**63, "9223372036854775808 is no time and no index"),
    (RAW, "header.camera_time_ns", math.nan, "camera_time_ns"),
    (RAW, "header.dtype", "float64", "float64"),
    (RAW, "header.dtype", ">u2", ">u2"),
    (RAW, "header.shape_yx", [2], "shape_yx"),
    (RAW, "header.shape_yx", [2, 3, 1], "shape_yx"),
    (RAW, "header.shape_yx", [0, 3], "0 × 3"),
    (RAW, "header.shape_yx", [-2, -3], "-2 × -3"),
    (RAW, "header.shape_yx", [2**32, 2**32], "36893488147419103232 bytes"),
    (RAW, "header.shape_yx", [2**63 - 1, 2], "36893488147419103228 bytes"),
    (RAW, "header.shape_yx", [2**15, 2**15 + 1], "2147549184 bytes"),
    (RESTORED, "restoration.batch", "many", "batch"),
    (RESTORED, "restoration.normalised_with.low", None, "normalised_with"),
    (RESTORED, "restoration.normalisation", "z-score", "z-score"),
    (RESTORED, "restoration", [], "restoration"),
    (START, "info.shape_yx", [0, 0], "run 'run-7': 0 × 0"),
    (START, "info.shape_yx", [2**40, 2**40], "bytes of pixels"),
    (START, "info.dtype", "int8", "int8"),
    (START, "info.channels", [], "no channels"),
    (START, "info.channels", "GFP", "channels"),
    (START, "info.size_z", 0, "planes"),
    (START, "info.positions", [], "positions"),
    (START, "info.expected_frames", -1, "expected_frames is -1"),
    (START, "info.pixel_size_um", math.nan, "spacing of nan"),
    (START, "info.z_step_um", math.inf, "spacing of inf"),
    (START, "info.interval_s", -math.inf, "spacing of -inf"),
    (START, "info.detail", [], "detail"),
    (START, "info.detail", {"gain": math.nan}, "detail is not JSON"),
    (START, "info.detail", {"raw": b"bytes"}, "detail is not JSON"),
    (START, "info.detail", {"raw": msgspec.msgpack.Ext(5, b"?")}, "detail is not JSON"),
    (END, "ledger", None, "ledger"),
    (END, "ledger.acquired", -1, "run 'run-7': acquired is -1"),
    (END, "ledger.lost", 2**63, "lost is 9223372036854775808"),
]


@pytest.mark.parametrize(
    ("message", "path", "value", "words"),
    [pytest.param(*case, id=re.sub(" at 0x.*", "", f"{case[1]} = {case[2]!r}")) for case in WRONG],
)
def test_a_wrong_field_is_named(message: Message, path: str, value: object, words: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        wire.decode(spoilt(message, path, value))
    assert words in str(caught.value)


@pytest.mark.parametrize("message", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("field", ["type", "schema"])
def test_a_message_without_its_type_or_schema_is_refused(message: Message, field: str) -> None:
    spoilt_map = as_map(message)
    del spoilt_map[field]
    with pytest.raises(ProtocolError, match=field):
        wire.decode(msgspec.msgpack.encode(spoilt_map))


def test_another_schema_is_named_before_the_fields_that_it_changed() -> None:
    future = msgspec.msgpack.encode({"type": "mosaic", "schema": 9, "tiles": [1, 2]})
    with pytest.raises(ProtocolError, match="schema 9; this livecare speaks 3: update the older"):
        wire.decode(future)


def test_a_field_that_we_do_not_know_is_passed_over() -> None:
    newer = as_map(RAW) | {"colour": [{"deep": ["x"]}]}
    assert wire.decode(msgspec.msgpack.encode(newer)) == RAW


def test_a_window_that_is_no_number_is_a_fact_about_a_frame_and_no_broken_message() -> None:
    part = spoilt(RESTORED, "restoration.normalised_with.low", math.nan)
    assert math.isnan(wire.decode_frame(part).restoration.normalised_with["low"])


@pytest.mark.parametrize(
    ("part", "words"),
    [
        pytest.param(b"", "truncated", id="nothing"),
        pytest.param(b"\xc0", "None", id="nil"),
        pytest.param(b"\x93\x01\x02\x03", "array", id="an array"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "int", id="a browser"),
        pytest.param(wire.encode(RAW) + b"\x00", "trailing", id="trailing bytes"),
        pytest.param(b"\x81\x80\x01", "str", id="a map as key"),
        pytest.param(b"\x91" * 60_000, "array", id="60000 nested arrays"),
        pytest.param(b"\x81\xa1a" + b"\x91" * 60_000, "recursion", id="nested in a field"),
        pytest.param(b"\xc1", "malformed", id="the one byte that msgpack has no use for"),
    ],
)
def test_bytes_that_are_no_map_are_refused_with_the_reason(part: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match="cannot be read") as caught:
        wire.decode(part)
    assert words in str(caught.value)


def test_text_that_is_not_utf_8_is_refused() -> None:
    part = wire.encode(RAW).replace(b"run-7", b"run\xff7")
    with pytest.raises(ProtocolError, match="utf-8"):
        wire.decode(part)


def test_text_that_is_not_utf_8_is_refused_within_the_detail() -> None:
    part = wire.encode(START).replace(b"exposure_ms", b"exposure\xfems")
    with pytest.raises(ProtocolError, match="utf-8"):
        wire.decode(part)


@pytest.mark.parametrize(
    "claim",
    [
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xdc\xff\xff" * 300,
    ],
    ids=["array", "map", "text", "bytes", "nested arrays"],
)
def test_a_claimed_size_costs_no_memory_until_the_bytes_are_there(claim: bytes) -> None:
    part = wire.encode(START).replace(
        msgspec.msgpack.encode(START.info.detail), b"\x81\xa1a" + claim
    )
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="truncated"):
            wire.decode(part)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_an_overlong_header_is_refused_unread() -> None:
    with pytest.raises(ProtocolError, match=r"65537 bytes; 65536 is the most"):
        wire.decode(b"\xc1" * (MAX_HEADER_BYTES + 1))


def test_a_header_that_every_receiver_would_refuse_is_not_sent() -> None:
    talkative = StartMessage(replace(START.info, detail={"log": "x" * MAX_HEADER_BYTES}))
    with pytest.raises(ProtocolError, match="65536 is the most"):
        wire.encode(talkative)


@pytest.mark.parametrize("length", [0, 1, 11, 13, 24])
def test_pixels_of_another_size_are_refused_with_both_sizes(length: int) -> None:
    with pytest.raises(ProtocolError, match=rf"frame 41: {length} bytes of pixels; .* has 12"):
        wire.decode_message([wire.encode(RAW), bytes(length)])


def test_a_header_of_a_gigabyte_without_its_pixels_costs_no_memory() -> None:
    part = spoilt(RAW, "header.shape_yx", [2**14, 2**15])
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match=r"1073741824"):
            wire.decode_message([part, PIXELS])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        pytest.param([], "empty message", id="no part"),
        pytest.param([wire.encode(RAW)], "FrameMessage of 1 parts; it has 2", id="no pixels"),
        pytest.param([wire.encode(RAW), PIXELS, b""], "of 3 parts", id="an extra part"),
        pytest.param([wire.encode(START), b""], "StartMessage of 2 parts", id="start and more"),
        pytest.param([wire.encode(END), PIXELS], "EndMessage of 2 parts", id="end and more"),
        pytest.param([PIXELS, wire.encode(RAW)], "cannot be read", id="the wrong way round"),
    ],
)
def test_a_message_of_wrong_parts_is_refused(parts: list[bytes], words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        wire.decode_message(parts)


@pytest.mark.parametrize("message", [START, END])
def test_only_a_frame_is_taken_for_a_frame(message: Message) -> None:
    with pytest.raises(ProtocolError, match=f"expected a frame, got {type(message).__name__}"):
        wire.decode_frame(wire.encode(message))


@pytest.mark.parametrize("field", ["run_id", "source", "channels", "positions"])
def test_names_that_would_do_something_where_they_are_shown_are_refused(field: str) -> None:
    name = "red\x1b[2J"
    wire.check_names(START.info)
    spoiled = replace(
        START.info, **{field: (name,) if field in ("channels", "positions") else name}
    )
    with pytest.raises(ProtocolError, match=rf"start of run .*{field}"):
        wire.check_names(spoiled)
