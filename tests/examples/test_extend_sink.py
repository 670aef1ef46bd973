"""The sink of CONTRIBUTING.md keeps the contract, and the recorder records into it."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
from contracts.sink import SinkContract
from extend_sink import NpySink

from livecare.errors import DiskFullError
from livecare.frame import FrameHeader, Pixels, Position, StreamInfo
from livecare.recorder import Recording, Turnstile
from livecare.ring import GatingReader, RingWriter
from livecare.sinks.protocol import FrameSink
from livecare.wire import FrameMessage

SHAPE = (4, 6)


class TestNpySink(SinkContract):
    @pytest.fixture(autouse=True)
    def places(self, tmp_path: Path) -> None:
        self.folders = (tmp_path / f"frames-{number}" for number in count())

    def make(self, info: StreamInfo) -> FrameSink:
        return NpySink(next(self.folders), info)

    def read(self, sink: FrameSink, position: Position) -> Pixels | None:
        assert isinstance(sink, NpySink)
        path = sink.path_of(position)
        return np.load(path) if path.exists() else None

    def sync(self, sink: FrameSink) -> None:
        """Each frame was synced when it was appended."""

    def close(self, sink: FrameSink) -> None:
        """Nothing is open."""


def record(sink: FrameSink, folder: Path, frames: int) -> Recording:
    """Have a recorder take frames out of a ring; the one that fails ends it."""
    path = folder / "raw.ring"
    writer = RingWriter.create(path, 4, SHAPE[0] * SHAPE[1] * 2)
    gate = GatingReader(path)
    recording = Recording(gate, sink, Turnstile())
    try:
        for sequence in range(frames):
            slot = writer.claim()
            assert slot is not None
            slot.pixels(SHAPE, "uint16")[:] = sequence
            header = FrameHeader(sequence, Position(sequence), SHAPE, "uint16", received_ns=1)
            writer.publish(slot, FrameMessage("run", header, None))
        recording.finish()
        recording.run()
    finally:
        writer.close()
        gate.close()
    return recording


def test_the_recorder_records_into_it(tmp_path: Path) -> None:
    sink = NpySink(tmp_path / "frames", StreamInfo("run", "test", SHAPE, "uint16"))
    assert record(sink, tmp_path, 3).recorded == 3
    assert [int(np.load(sink.path_of(Position(t)))[0, 0]) for t in range(3)] == [0, 1, 2]
    assert sink.persisted == 2


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    sink = NpySink(tmp_path / "frames", StreamInfo("run", "test", SHAPE, "uint16"))
    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DiskFullError, match="frame 0"):
        record(sink, tmp_path, 1)
    assert not sink.path_of(Position(0)).exists()
