"""A run's rings and files as a daemon has them, filled frame by frame as a test says."""

from pathlib import Path

from livecare import run_place, wire
from livecare.frame import FrameHeader, Ledger, Position, Restoration, StreamInfo
from livecare.ring import GatingReader, Phase, RingWriter
from livecare.supervisor.run_folder import RunFolder
from livecare.viewer.seen import SeenFrame
from livecare.wire import EndMessage, FrameMessage, StartMessage

SHAPE = (4, 6)
INTERVAL_NS = 10_000_000
"""Time between two frames of this stage's camera, ns."""


class RingStage:
    """What the daemon does to a run's folder, without the daemon."""

    def __init__(
        self,
        parent: Path,
        run_id: str = "run",
        *,
        slots: int = 16,
        channels: tuple[str, ...] = ("c",),
        size_z: int = 1,
        shape_yx: tuple[int, int] = SHAPE,
    ) -> None:
        self.folder = RunFolder.make(run_id, parent, 0).path
        self.info = StreamInfo(
            run_id, "stage", shape_yx, "uint16", channels=channels, size_z=size_z
        )
        self._raw = self._ring(run_place.raw_ring(self.folder), slots)
        self._restored = self._ring(run_place.restored_ring(self.folder), slots)
        self.describe()

    def describe(self, info: StreamInfo | None = None) -> None:
        self.info = info or self.info
        run_place.start_file(self.folder).write_bytes(wire.encode(StartMessage(self.info)))

    def raw(self, *sequences: int, value: int | None = None) -> None:
        for sequence in sequences:
            self._publish(self._raw, sequence, None, value)

    def restored(self, *sequences: int) -> None:
        for sequence in sequences:
            self._publish(self._restored, sequence, _how(), None)

    def write_half(self) -> None:
        """Begin to write the next raw frame, and stop amid it."""
        slot = self._raw[0].claim()
        assert slot is not None
        slot.pixels(self.info.shape_yx, "uint16")[0] = 999

    def damage_newest(self) -> None:
        writer = self._raw[0]
        writer._file.set_header(writer.published - 1, b"no header")

    def phase(self, phase: Phase) -> None:
        self._raw[0].set_phase(phase)

    def end(self) -> None:
        run_place.end_file(self.folder).write_bytes(
            wire.encode(EndMessage(self.info.run_id, Ledger()))
        )

    def close(self) -> None:
        for writer, gate in (self._raw, self._restored):
            writer.close()
            gate.close()

    def remove(self) -> None:
        self.close()
        RunFolder(self.folder).remove()

    def _ring(self, path: Path, slots: int) -> tuple[RingWriter, GatingReader]:
        return RingWriter.create(path, slots, self.info.frame_bytes), GatingReader(path)

    def _publish(
        self,
        ring: tuple[RingWriter, GatingReader],
        sequence: int,
        how: Restoration | None,
        value: int | None,
    ) -> None:
        writer, gate = ring
        slot = writer.claim()
        assert slot is not None
        slot.pixels(self.info.shape_yx, "uint16")[:] = sequence if value is None else value
        channels = len(self.info.channels)
        z = sequence // channels % self.info.size_z
        t = sequence // channels // self.info.size_z
        header = FrameHeader(
            sequence,
            Position(t, sequence % channels, z),
            self.info.shape_yx,
            "uint16",
            received_ns=sequence * INTERVAL_NS,
        )
        writer.publish(slot, FrameMessage(self.info.run_id, header, how))
        gate.release()


def _how() -> Restoration:
    numbers = {"low": 0.0, "high": 1.0}
    return Restoration("identity", "fp32", "identity", "", "fixed", numbers, 0, 0, 0, 1)


def raw_of(frames: list[SeenFrame]) -> list[int]:
    return [each.header.sequence for each in frames if each.restoration is None]


def restored_of(frames: list[SeenFrame]) -> list[int]:
    return [each.header.sequence for each in frames if each.restoration is not None]
