"""What a ring's writer publishes, and what it refuses."""

from pathlib import Path

import pytest
from ring_end import SLOTS
from ring_frames import RUN_ID, message_for, paint, publish

from livecare import wire
from livecare.errors import ProtocolError, RingError
from livecare.frame import FrameHeader, Position, Restoration
from livecare.ring import GatingReader, OverrunnableReader, RingWriter, Slot
from livecare.ring.layout import TAIL_BYTES
from livecare.wire import FrameMessage


def test_claiming_again_gives_the_same_slot(ring: Path) -> None:
    with RingWriter(ring) as writer:
        assert [writer.claim().ticket for _ in range(3)] == [0, 0, 0]
        publish(writer, 0)
        assert writer.claim().ticket == 1


def test_a_claimed_slot_is_no_frame_for_any_reader(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate, OverrunnableReader(ring) as view:
        paint(writer.claim(), 0)
        assert gate.peek() is None
        assert view.waiting == 0


@pytest.mark.parametrize("ticket", [-1, 1, 2, SLOTS])
def test_only_the_slot_claimed_last_can_be_published(ring: Path, ticket: int) -> None:
    with RingWriter(ring) as writer:
        slot = writer.claim()
        with pytest.raises(RingError, match=f"ticket {ticket} is not claimed; 0 is next"):
            writer.publish(Slot(ticket, slot.block), message_for(0))
        writer.publish(slot, message_for(0))
        with pytest.raises(RingError, match="ticket 0 is not claimed; 1 is next"):
            writer.publish(slot, message_for(0))
        assert writer.published == 1
        del slot


def test_a_full_ring_cannot_be_published_to_without_a_claim(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        for number in range(SLOTS):
            publish(writer, number)
        forged = Slot(SLOTS, memoryview(b""))
        with pytest.raises(RingError, match="ticket 3 is not claimed; 3 is next"):
            writer.publish(forged, message_for(9))
        assert gate.peek()[1] == message_for(0)


def test_a_header_longer_than_its_page_is_refused_and_the_slot_stays_claimed(ring: Path) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        slot = writer.claim()
        paint(slot, 6)
        long = Restoration("e" * 4096, "p", "m", "0", 0.0, 1.0, 0, 0, 0, 1)
        with pytest.raises(RingError, match=r"frame 6: its header has 4\d\d\d bytes"):
            writer.publish(slot, FrameMessage(RUN_ID, message_for(6).header, long))
        assert gate.peek() is None
        writer.publish(slot, message_for(6))
        assert gate.peek()[1] == message_for(6)
        del slot


def test_the_longest_header_that_fits_its_page_arrives(ring: Path) -> None:
    def with_name(length: int) -> FrameMessage:
        name = "m" * length
        window = {"low": 0.0, "high": 1.0}
        restoration = Restoration("e", "p", name, "0", "fixed", window, 0, 0, 0, 1)
        return FrameMessage(RUN_ID, message_for(0).header, restoration)

    room = 4096 - 16
    longest = 4000 + room - len(wire.encode(with_name(4000)))
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        slot = writer.claim()
        with pytest.raises(RingError, match=f"its header has {room + 1} bytes"):
            writer.publish(slot, with_name(longest + 1))
        writer.publish(slot, with_name(longest))
        assert gate.peek()[1] == with_name(longest)
        del slot


def test_a_frame_larger_than_the_slot_is_refused_before_it_is_written(ring: Path) -> None:
    room = 4096 - TAIL_BYTES
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        slot = writer.claim()
        with pytest.raises(RingError, match=f"64 × 64 uint8 does not fit a slot of {room} bytes"):
            slot.pixels((64, 64), "uint8")
        with pytest.raises(RingError, match=f"frame 0: 4096 bytes; a slot has {room}"):
            writer.publish(slot, message_for(0, (64, 64), "uint8"))
        assert gate.peek() is None
        assert slot.pixels((1, room), "uint8").shape == (1, room)
        del slot


@pytest.mark.parametrize(
    "header",
    [
        FrameHeader(-1, Position(0), (2, 2), "uint8", 0),
        FrameHeader(0, Position(-1), (2, 2), "uint8", 0),
        FrameHeader(0, Position(0), (0, 2), "uint8", 0),
        FrameHeader(0, Position(0), (2, 2), "float64", 0),
    ],
    ids=["sequence", "position", "rows", "type"],
)
def test_a_header_that_readers_would_refuse_is_refused_where_it_is_made(
    ring: Path, header: FrameHeader
) -> None:
    with RingWriter(ring) as writer, GatingReader(ring) as gate:
        slot = writer.claim()
        with pytest.raises(ProtocolError):
            writer.publish(slot, FrameMessage(RUN_ID, header))
        assert gate.peek() is None
        writer.publish(slot, message_for(0))
        assert gate.peek()[1] == message_for(0)
        del slot
