"""A batch through the engine: published with its provenance, or each failure by its sequence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from livecare.errors import EngineError, EngineLostError, EngineMemoryError
from livecare.frame import FrameHeader, GuardReading, Pixels, Position
from livecare.models.normalise import Fixed, IntensityWindow, Normaliser, PerFrame
from livecare.restorer.intake import Batch
from livecare.restorer.restoring import Recipe, Restoring
from livecare.ring import GatingReader, RingWriter
from livecare.wire import FrameMessage

SHAPE = (4, 6)
WINDOW = IntensityWindow(100.0, 900.0)
FIXED = Fixed(WINDOW)


class FaintEngine:
    """Adds a half, and fails on every batch with a frame that is too bright."""

    name, precision, device = "faint", "fp32", "paper"

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.windows: list[IntensityWindow] = []

    def load(self, model: object, threads: int, expected: object = None) -> None:
        """Nothing to do."""

    def infer(self, batch: Pixels, restored: Pixels, windows: list[IntensityWindow]) -> None:
        assert len(windows) == len(batch)
        self.windows += windows
        self.batches.append(len(batch))
        if batch.max() >= 50:
            raise EngineError("too bright")
        restored[:] = batch + np.float32(0.5)

    def close(self) -> None:
        """Nothing to do."""


class Outcomes:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.failures: list[tuple[int, str]] = []
        self.worked_at_once: list[int] = []
        self.too_many: list[int] = []

    def worked(self, frames: int) -> None:
        self.worked_at_once.append(frames)

    def failed(self, sequence: int, error: EngineError) -> None:
        self.failures.append((sequence, str(error)))

    def too_large(self, frames: int, error: EngineMemoryError) -> None:
        assert str(error)
        self.too_many.append(frames)

    def withheld(self) -> None:
        raise AssertionError("nobody wants frames withheld")


class Bench:
    def __init__(self, folder: Path, slots: int = 8, normaliser: Normaliser = FIXED) -> None:
        path = folder / "restored.ring"
        self.ring = RingWriter.create(path, slots, 96)
        self.gate = GatingReader(path)
        self.engine = FaintEngine()
        self.outcomes = Outcomes()
        self.found: list[FrameMessage] = []
        self.normalisers = {0: normaliser}
        recipe = Recipe(self.engine, "model", "0" * 64, self.normalisers, "float32")
        self.restoring = Restoring(recipe, self.ring, self.collect, self.outcomes)

    def collect(self) -> None:
        """What the recorder does: take everything that is there."""
        while (held := self.gate.peek()) is not None:
            slot, message = held
            pixels = slot.pixels(SHAPE, "float32")
            assert (pixels == message.header.sequence + 0.5).all()
            self.found.append(message)
            self.gate.release()

    @property
    def sequences(self) -> list[int]:
        self.collect()
        return [message.header.sequence for message in self.found]

    def close(self) -> None:
        self.ring.close()
        self.gate.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def batch_of(*sequences: int, channels: int = 1) -> Batch:
    headers = [
        FrameHeader(s, Position(s, s % channels), SHAPE, "uint16", received_ns=7, lost_before=s)
        for s in sequences
    ]
    messages = [FrameMessage("run", header) for header in headers]
    return Batch(messages, np.stack([np.full(SHAPE, s, np.uint16) for s in sequences]))


def test_a_frame_keeps_its_header_and_gets_its_provenance(bench: Bench) -> None:
    bench.restoring.restore(batch_of(3, 4))
    assert bench.sequences == [3, 4]
    for message in bench.found:
        header, restoration = message.header, message.restoration
        assert (header.lost_before, header.received_ns) == (header.sequence, 7)
        assert header.dtype == "float32"
        assert restoration is not None
        assert (restoration.engine, restoration.model, restoration.batch) == ("faint", "model", 2)
        assert restoration.normalisation == "fixed"
        assert restoration.normalised_with == {"low": 100.0, "high": 900.0}
        assert 0 < restoration.taken_ns <= restoration.published_ns
        assert restoration.engine_ns >= 0
    assert bench.engine.batches == [2]


def test_a_batch_that_fails_is_tried_frame_by_frame(bench: Bench) -> None:
    bench.restoring.restore(batch_of(1, 60, 2, 70))
    assert bench.sequences == [1, 2]
    assert bench.outcomes.failures == [(60, "too bright"), (70, "too bright")]
    assert bench.engine.batches == [4, 1, 1, 1, 1]
    assert bench.outcomes.worked_at_once == [1, 1]


def test_the_normaliser_sees_each_frame_once_and_in_order(tmp_path: Path) -> None:
    """Also where a batch fails: a window that follows the frames must not follow one twice."""

    class Counting(PerFrame):
        seen: ClassVar[list[int]] = []

        def of(self, frame: Pixels) -> IntensityWindow:
            self.seen.append(int(frame[0, 0]))
            return super().of(frame)

    bench = Bench(tmp_path, normaliser=Counting())
    bench.restoring.restore(batch_of(1, 60, 2))
    bench.restoring.restore(batch_of(3))
    assert Counting.seen == [1, 60, 2, 3]
    assert bench.sequences == [1, 2, 3]
    for message in bench.found:
        sequence, restoration = message.header.sequence, message.restoration
        assert restoration is not None
        assert restoration.normalisation == "per-frame"
        assert restoration.normalised_with == {"low": sequence, "high": sequence + 1}
    assert [window.low for window in bench.engine.windows] == [1, 60, 2, 1, 60, 2, 3]
    bench.close()


def test_each_channel_has_its_own_normaliser(bench: Bench) -> None:
    bench.normalisers[1] = PerFrame()
    bench.restoring.restore(batch_of(2, 3, 4, 61, channels=2))
    assert bench.sequences == [2, 3, 4]
    assert bench.outcomes.failures == [(61, "too bright")]
    assert bench.engine.batches == [4, 1, 1, 1, 1]
    restorations = [message.restoration for message in bench.found]
    assert [(each.normalisation, each.normalised_with["low"]) for each in restorations if each] == [
        ("fixed", 100.0),
        ("per-frame", 3.0),
        ("fixed", 100.0),
    ]


def test_a_single_frame_that_fails_is_tried_once(bench: Bench) -> None:
    bench.restoring.restore(batch_of(60))
    assert bench.outcomes.failures == [(60, "too bright")]
    assert bench.engine.batches == [1]


def test_a_full_ring_is_waited_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path, slots=2)
    bench.restoring.restore(batch_of(*range(7)))
    assert bench.sequences == list(range(7))
    bench.close()


@pytest.mark.parametrize("error", [EngineMemoryError("CUDA: out of memory"), MemoryError("malloc")])
@pytest.mark.parametrize(("room", "tried"), [(2, [5, 2, 2, 1]), (1, [5, 2, 1, 1, 2, 1, 1, 1])])
def test_a_batch_that_finds_no_memory_is_restored_in_halves(
    bench: Bench, error: Exception, room: int, tried: list[int]
) -> None:
    infer = bench.engine.infer

    def limited(batch: Pixels, restored: Pixels, windows: list[IntensityWindow]) -> None:
        if len(batch) > room:
            bench.engine.batches.append(len(batch))
            raise error
        infer(batch, restored, windows)

    bench.engine.infer = limited  # type: ignore[method-assign]
    bench.restoring.restore(batch_of(1, 2, 3, 4, 5))
    assert bench.sequences == [1, 2, 3, 4, 5]
    assert bench.engine.batches == tried
    assert bench.outcomes.failures == []
    assert set(bench.outcomes.too_many) == ({5} if room == 2 else {5, 2})


def test_a_frame_that_finds_no_memory_alone_fails(bench: Bench) -> None:
    def none(*_: object) -> None:
        raise MemoryError("Unable to allocate 8.00 GiB")

    bench.engine.infer = none  # type: ignore[method-assign]
    bench.restoring.restore(batch_of(7))
    [(sequence, words)] = bench.outcomes.failures
    assert sequence == 7
    assert "8.00 GiB" in words


def test_an_engine_that_is_lost_is_not_tried_with_less(bench: Bench) -> None:
    def lost(batch: Pixels, *_: object) -> None:
        bench.engine.batches.append(len(batch))
        raise EngineLostError("the GPU's state is lost")

    bench.engine.infer = lost  # type: ignore[method-assign]
    with pytest.raises(EngineLostError):
        bench.restoring.restore(batch_of(1, 2, 3))
    assert bench.engine.batches == [3]
    assert bench.outcomes.failures == []


class FaintHearted:
    """Somebody who looks at frames, until he cannot any more."""

    withholds = False

    def __init__(self, bench: Bench, *, measures: int) -> None:
        self.looked = self.left = 0
        self.measured_after: list[int] = []
        self.examined: list[bool] = []
        self._bench, self._measures = bench, measures

    def examine(self, *_: object) -> dict[str, GuardReading]:
        self.looked += 1
        if self.looked > 2:
            raise ValueError("a frame that nobody can work out")
        return {"empty": GuardReading(0.5, 1.0)}

    def measure(self, *_: object, examined: bool) -> None:
        self.examined.append(examined)
        if len(self.measured_after) == self._measures:
            raise ValueError("a frame that nobody can measure")
        self.measured_after.append(len(self._bench.sequences))

    def leave(self) -> None:
        self.left += 1


def test_who_only_looks_cannot_end_restoring(bench: Bench) -> None:
    onlooker: Any = FaintHearted(bench, measures=9)
    bench.restoring.onlookers = onlooker
    bench.restoring.restore(batch_of(0, 1, 2, 3))
    bench.restoring.restore(batch_of(4))
    assert bench.sequences == [0, 1, 2, 3, 4]
    judged = [bool(each.restoration and each.restoration.guards) for each in bench.found]
    assert judged == [True, True, False, False, False]
    assert (onlooker.looked, onlooker.left, bench.restoring.onlookers) == (3, 1, None)


def test_frames_wait_for_no_measurement(bench: Bench) -> None:
    onlooker: Any = FaintHearted(bench, measures=1)
    bench.restoring.onlookers = onlooker
    bench.restoring.restore(batch_of(0, 1))
    assert bench.sequences == [0, 1]
    assert (onlooker.measured_after, onlooker.left) == ([2], 1)


def test_what_measures_is_told_of_each_frame_of_a_batch_whether_guards_examined_it(
    bench: Bench,
) -> None:
    onlooker: Any = FaintHearted(bench, measures=9)
    found = iter([{"empty": GuardReading(0.5, 1.0)}, {}, {}])
    onlooker.examine = lambda *_: next(found)
    bench.restoring.onlookers = onlooker
    bench.restoring.restore(batch_of(0, 1, 2))
    assert onlooker.examined == [True, False, False]
