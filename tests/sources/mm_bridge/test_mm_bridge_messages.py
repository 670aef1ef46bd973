"""The bytes of the server's protocol, and the tags of a frame."""

import sys

import numpy as np
import pytest

from livecare.errors import ProtocolError
from livecare.simulated_bridge.wire import decode_request, encode_reply
from livecare.sources.mm_bridge.faults import MalformedReplyError, RefusedCallError
from livecare.sources.mm_bridge.messages import Reply, decode_reply, encode_request
from livecare.sources.mm_bridge.tags import FrameTags, read_tags

PIXELS = np.arange(12, dtype=np.uint16).tobytes()


def number(of: int) -> bytes:
    return of.to_bytes(4, sys.byteorder)


def test_an_array_is_found_by_its_number() -> None:
    parts = [b'{"type": "short-array", "value": "[B@1f"}', number(7), b"no", number(31), PIXELS]
    assert bytes(decode_reply(parts).value) == PIXELS


def test_an_at_sign_elsewhere_means_nothing() -> None:
    text = b'{"type": "short-array", "channel": "GFP@50%", "tag": "[B@1f", "value": "[B@20"}'
    assert bytes(decode_reply([text, number(32), PIXELS]).value) == PIXELS


def test_text_is_latin_1() -> None:
    reply = decode_reply(['{"type": "string", "value": "5 µm"}'.encode("iso-8859-1")])
    assert reply == Reply("string", "5 µm")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([], "odd number"),
        ([b'{"type": "none"}', b"1234"], "odd number"),
        ([b""], "no JSON"),
        ([b'{"type": "string", "val'], "no JSON"),
        ([b"[" * 100_000], "no JSON"),
        ([b'["type"]'], "no JSON"),
        ([b'{"value": 1}'], "no JSON"),
        ([b'{"type": 5}'], "no JSON"),
        ([b'{"type": "unheard-of"}'], "unknown type"),
        ([b'{"type": "short-array", "value": "@31_2"}'], "without a placeholder"),
        ([b'{"type": "short-array", "value": null}'], "without a placeholder"),
        ([b'{"type": "short-array", "value": "[B@1f"}'], "did not come"),
        ([b'{"type": "short-array", "value": "[B@1f"}', number(32), PIXELS], "did not come"),
        ([b'{"type": "short-array", "value": "[B@1f"}', b"\x1f", PIXELS], "did not come"),
    ],
)
def test_what_is_no_answer_is_refused(parts: list[bytes], why: str) -> None:
    with pytest.raises(MalformedReplyError, match=why):
        decode_reply(parts)


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "GFP@50%", "µ", PIXELS])
def test_the_simulators_answers_are_read(value: object) -> None:
    kind = "byte-array" if isinstance(value, bytes) else "primitive"
    read = decode_reply(encode_reply({"type": kind, "value": value})).value
    assert (bytes(read) if isinstance(read, memoryview) else read) == value


def test_the_simulator_reads_requests() -> None:
    request = {"command": "run-method", "name": "setConfig", "arguments": ["GFP@50%", 3]}
    assert decode_request([encode_request(request)]) == request


def test_the_simulator_puts_a_clients_arrays_in_their_place() -> None:
    text = b'{"command": "run-method", "arguments": ["@-5_2", "a@b"]}'
    parts = [text, (-5).to_bytes(4, sys.byteorder, signed=True), PIXELS]
    assert decode_request(parts)["arguments"] == [PIXELS, "a@b"]


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"command": 3}', b"[" * 100_000])
def test_the_simulator_refuses_what_is_no_request(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_request([text])


def test_a_java_exception_is_told_in_one_line() -> None:
    refusal = RefusedCallError("getExposure", "java.lang.Exception: no camera\n\tat a\n\tat b\n")
    assert str(refusal).endswith("refused getExposure: java.lang.Exception: no camera")
    assert not refusal.buffer_is_empty
    assert not refusal.handle_is_stale
    assert RefusedCallError("x", "java.lang.Exception: Circular buffer is empty.").buffer_is_empty
    assert RefusedCallError("x", "java.lang.NullPointerException\n\tat b").handle_is_stale
    assert RefusedCallError("x", "").said == "no reason"


def test_tags_are_read_as_a_core_writes_them() -> None:
    dump = (
        "6s : Camera\n_\n1\nCamera\n\ns : ElapsedTime-ms\n_\n1\n67.61\n\n"
        "s : Height\n_\n1\n480\n\ns : ImageNumber\n_\n1\n2\n\n"
        "s : PixelType\n_\n1\nGRAY16\n\ns : Width\n_\n1\n640\n\n"
    )
    assert read_tags(dump) == FrameTags(2, 67_610_000, (480, 640), "GRAY16")


def test_missing_tags_are_none() -> None:
    assert read_tags("0") == FrameTags(None, None, None, None)
    assert read_tags("") == FrameTags(None, None, None, None)
    assert read_tags("s : Width\n_") == FrameTags(None, None, None, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [("ImageNumber", "x"), ("ElapsedTime-ms", "inf"), ("ElapsedTime-ms", "nan"), ("Width", "-1")],
)
def test_a_tag_that_is_no_number_is_refused(name: str, text: str) -> None:
    entries = {"Width": "4", "Height": "4", name: text}
    dump = "".join(f"s : {key}\n_\n1\n{value}\n\n" for key, value in entries.items())
    with pytest.raises(ProtocolError, match="no number"):
        read_tags(f"{len(entries)}{dump}")
