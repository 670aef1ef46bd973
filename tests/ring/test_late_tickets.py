"""Rings of long runs, and large ones: tickets and offsets beyond 2**32."""

import os
from pathlib import Path

import pytest

from livecare import disk
from livecare.frame import FrameHeader, Position
from livecare.ring import GatingReader, OverrunnableReader, RingWriter
from livecare.wire import FrameMessage


@pytest.mark.parametrize("first", [2**31 - 3, 2**32 - 3, 2**48])
def test_tickets_may_begin_late(tmp_path: Path, first: int) -> None:
    """As they are after months: writer and readers go over the border as over any."""
    with RingWriter.create(tmp_path / "late.ring", 3, 64, first) as writer:
        gate = GatingReader(tmp_path / "late.ring")
        reader = OverrunnableReader(tmp_path / "late.ring")
        assert (writer.published, reader.waiting, gate.peek()) == (first, 0, None)
        assert reader.glance(first - 1) is None
        block = bytearray(64)
        for ticket in range(first, first + 9):
            slot = writer.claim()
            assert slot is not None
            assert slot.ticket == ticket
            slot.pixels((4, 8), "uint16")[:] = ticket % 60_000
            header = FrameHeader(ticket, Position(ticket), (4, 8), "uint16", 0)
            writer.publish(slot, FrameMessage("run", header))
            held = gate.peek()
            assert held is not None
            assert (held[0].ticket, held[1].header.sequence) == (ticket, ticket)
            gate.release()
            message = reader.read_into(block)
            assert message is not None
            assert message.header.position.t == ticket
            assert block[:2] == (ticket % 60_000).to_bytes(2, "little")
        assert reader.skip_to_newest(2) == 0
        gate.close()
        reader.close()


def test_a_ring_may_be_larger_than_4_gib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file has a hole here, where a run's is allocated."""
    monkeypatch.setattr(disk, "allocate", os.ftruncate)
    size = 1 << 30
    with RingWriter.create(tmp_path / "large.ring", 6, size) as writer:
        gate = GatingReader(tmp_path / "large.ring")
        for ticket in range(7):
            slot = writer.claim()
            assert slot is not None
            slot.pixels((1, 4), "uint16")[:] = ticket
            header = FrameHeader(ticket, Position(ticket), (1, 4), "uint16", 0)
            writer.publish(slot, FrameMessage("run", header))
            held = gate.peek()
            assert held is not None
            assert held[0].pixels((1, 4), "uint16").tolist() == [[ticket] * 4]
            gate.release()
        gate.close()
