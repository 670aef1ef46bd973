"""Raw frames on their way through: marked, counted as skipped, and in no recording."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livecare.frame import FrameHeader, PixelType, Position
from livecare.link import Report
from livecare.link.strangers import Strangers
from livecare.recorder import Collection
from livecare.restorer.intake import Intake
from livecare.restorer.passing import Passing
from livecare.ring import GatingReader, OverrunnableReader, RingWriter
from livecare.wire import FrameMessage

SHAPE = (4, 6)
SLOTS = 4
BYTES = 96


class Bench:
    """Both rings."""

    def __init__(self, folder: Path) -> None:
        self.raw = RingWriter.create(folder / "raw.ring", SLOTS, BYTES)
        self.raw_gate = GatingReader(folder / "raw.ring")
        self.reader = OverrunnableReader(folder / "raw.ring")
        self.restored = RingWriter.create(folder / "restored.ring", SLOTS, BYTES)
        self.gate = GatingReader(folder / "restored.ring")

    def passing(self, dtype: PixelType = "uint16", restored: PixelType = "uint16") -> Passing:
        return Passing(Intake(self.reader, 1, 1, SHAPE, dtype), self.restored, restored)

    def publish(self, *sequences: int, dtype: PixelType = "uint16") -> None:
        for sequence in sequences:
            slot = self.raw.claim()
            assert slot is not None
            slot.pixels(SHAPE, dtype)[:] = frame(sequence, dtype)
            position = Position(sequence, c=sequence % 2)
            header = FrameHeader(sequence, position, SHAPE, dtype, 77, lost_before=sequence)
            self.raw.publish(slot, FrameMessage("run", header))
            self.raw_gate.release()

    def close(self) -> None:
        for end in (self.raw, self.raw_gate, self.reader, self.restored, self.gate):
            end.close()


def frame(sequence: int, dtype: PixelType) -> np.ndarray:
    return (np.arange(24).reshape(SHAPE) + 10 * sequence).astype(dtype)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("dtype", "restored"),
    [("uint8", "uint8"), ("uint16", "uint16"), ("uint16", "float32"), ("float32", "float32")],
)
def test_a_frame_passes_as_it_came_and_says_so(
    bench: Bench, dtype: PixelType, restored: PixelType
) -> None:
    passing = bench.passing(dtype, restored)
    bench.publish(3, dtype=dtype)
    assert passing.pass_newest()
    held = bench.gate.peek()
    assert held is not None
    slot, message = held
    assert message.run_id == "run"
    header = message.header
    assert (header.sequence, header.position, header.dtype) == (3, Position(3, c=1), restored)
    assert (header.received_ns, header.lost_before, header.shape_yx) == (77, 3, SHAPE)
    np.testing.assert_array_equal(slot.pixels(SHAPE, restored), frame(3, dtype))
    restoration = message.restoration
    assert restoration is not None
    assert restoration.passed_through
    assert (restoration.engine, restoration.model, restoration.model_sha256) == ("raw", "raw", "")
    assert restoration.normalised_with == {}
    assert restoration.taken_ns == restoration.published_ns
    assert passing.passed == 1


def test_only_the_newest_passes_and_all_count(bench: Bench) -> None:
    passing = bench.passing()
    assert passing.pass_newest()
    assert (passing.passed, bench.gate.peek()) == (0, None), "none is there"
    for waiting in ((0, 1, 2), (3,), (4, 5, 6, 7, 8, 9)):
        bench.publish(*waiting)
        assert passing.pass_newest()
        held = bench.gate.peek()
        assert held is not None
        assert held[1].header.sequence == waiting[-1]
        assert passing.passed == waiting[-1] + 1
        bench.gate.release()
    assert bench.reader.waiting == 0


def test_a_full_ring_is_said_and_nothing_is_lost(bench: Bench) -> None:
    passing = bench.passing()
    for sequence in range(SLOTS):
        bench.publish(sequence)
        assert passing.pass_newest()
    bench.publish(SLOTS)
    assert not passing.pass_newest()
    assert not passing.pass_newest()
    assert (passing.passed, bench.reader.waiting) == (SLOTS, 1)
    bench.gate.release()
    assert passing.pass_newest()
    assert (passing.passed, bench.reader.waiting) == (SLOTS + 1, 0)


class Silent:
    """An inbox where nothing comes, a waker of nobody, and a sink that keeps what it gets."""

    endpoint = "nowhere"

    def __init__(self) -> None:
        self.sequences: list[int] = []
        self.strangers = Strangers("reports")

    def receive(self, timeout_ms: int) -> Report | None:
        del timeout_ms
        return None

    def wake(self) -> None:
        """Nobody listens."""

    def append(
        self, header: FrameHeader, block: memoryview, provenance: Mapping[str, Any] | None
    ) -> None:
        del block, provenance
        self.sequences.append(header.sequence)


def test_no_recording_has_frames_that_passed(bench: Bench) -> None:
    passing = bench.passing()
    for sequence in range(3):
        bench.publish(sequence)
        passing.pass_newest()
    silent = Silent()
    collection = Collection(
        bench.gate,
        silent,  # type: ignore[arg-type]
        silent,  # type: ignore[arg-type]
        silent,  # type: ignore[arg-type]
        lambda: 3,
    )
    collection.finish()
    collection.run()
    assert silent.sequences == []
    assert not any(collection.settled(sequence) for sequence in range(3)), "back-filled later"
    assert collection.restored_live == 0
    assert collection.normalisation == ()
    assert collection.stages.restored.percentile_ms(50) is None
    assert bench.gate.peek() is None, "their slots are free again"
