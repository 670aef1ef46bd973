"""Messages that come back as they were sent."""

import numpy as np
import pytest
from hypothesis import given
from wire_examples import EXAMPLES, PIXELS, RAW, START, messages

from livecare import wire
from livecare.frame import PIXEL_TYPES, FrameHeader, Position
from livecare.wire import FrameMessage, Message


@pytest.mark.parametrize("message", EXAMPLES.values(), ids=EXAMPLES)
def test_a_message_comes_back_as_it_was_sent(message: Message) -> None:
    assert wire.decode(wire.encode(message)) == message


@given(messages)
def test_every_valid_message_comes_back_as_it_was_sent(message: Message) -> None:
    assert wire.decode(wire.encode(message)) == message


@given(messages)
def test_a_message_has_types_that_can_be_compared_and_hashed(message: Message) -> None:
    back = wire.decode(wire.encode(message))
    if isinstance(back, FrameMessage):
        assert hash(back) == hash(message)
        assert isinstance(back.header.shape_yx, tuple)


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
@pytest.mark.parametrize("shape_yx", [(1, 1), (513, 771), (1, 6000)])
def test_pixels_come_back_without_a_copy(shape_yx: tuple[int, int], dtype: str) -> None:
    sent = np.random.default_rng(1).integers(0, 255, shape_yx).astype(dtype)
    header = FrameHeader(0, Position(0), shape_yx, dtype, received_ns=0)
    part = sent.tobytes()
    message, frame = wire.decode_message([wire.encode(FrameMessage("r", header)), part])
    assert message.header == frame.header == header
    assert frame.pixels.dtype == dtype
    np.testing.assert_array_equal(frame.pixels, sent)
    assert np.shares_memory(frame.pixels, np.frombuffer(part, np.uint8))


def test_received_pixels_are_read_only_even_in_a_writable_buffer() -> None:
    _, frame = wire.decode_message([wire.encode(RAW), memoryview(bytearray(PIXELS))])
    assert not frame.pixels.flags.writeable


def test_pixels_may_begin_at_any_address() -> None:
    odd = memoryview(b"." + PIXELS)[1:]
    _, frame = wire.decode_message([wire.encode(RAW), odd])
    assert frame.pixels.tobytes() == PIXELS


def test_a_message_without_pixels_has_no_frame() -> None:
    assert wire.decode_message([wire.encode(START)]) == (START, None)


def test_the_bytes_may_come_as_a_view() -> None:
    assert wire.decode(memoryview(wire.encode(RAW))) == RAW
