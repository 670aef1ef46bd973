"""Frames whose every pixel tells which frame it is, for the tests of the ring and its processes."""

from livecare.frame import FrameHeader, Pixels, PixelType, Position
from livecare.ring import RingWriter, Slot
from livecare.wire import FrameMessage

RUN_ID = "run"
SHAPE_YX = (8, 16)
DTYPE: PixelType = "uint16"


def message_for(
    number: int, shape_yx: tuple[int, int] = SHAPE_YX, dtype: PixelType = DTYPE
) -> FrameMessage:
    """Give the header of the frame with this number."""
    header = FrameHeader(number, Position(number), shape_yx, dtype, received_ns=number)
    return FrameMessage(RUN_ID, header)


def frame_bytes(shape_yx: tuple[int, int] = SHAPE_YX, dtype: PixelType = DTYPE) -> int:
    return message_for(0, shape_yx, dtype).header.frame_bytes


def shade(number: int) -> int:
    """Give the value of all pixels of a frame; as uint16, it comes again after 65536 frames."""
    return number % 65536


def paint(slot: Slot, number: int, shape_yx: tuple[int, int] = SHAPE_YX) -> None:
    slot.pixels(shape_yx, DTYPE)[:] = shade(number)


def publish(writer: RingWriter, number: int, shape_yx: tuple[int, int] = SHAPE_YX) -> bool:
    """Write and publish the frame with this number; False if the ring is full."""
    slot = writer.claim()
    if slot is None:
        return False
    paint(slot, number, shape_yx)
    writer.publish(slot, message_for(number, shape_yx))
    return True


def is_whole(message: FrameMessage, pixels: Pixels) -> bool:
    """Tell whether every pixel is of the frame that the header names."""
    return bool((pixels == shade(message.header.sequence)).all())
