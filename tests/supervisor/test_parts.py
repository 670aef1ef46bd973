"""Streams that change while they are recorded: wider ones grow, others begin a new recording."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import whole_run

from livecare.config import CameraSection, Config
from livecare.errors import StoppedError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sinks.reader import StoreReader
from livecare.sinks.verify import verify
from livecare.sources.protocol import Arrival, NoFrame
from livecare.supervisor import Run, RunReport, Telemetry
from livecare.supervisor.names import part_path
from livecare.supervisor.report import as_table

SHAPE = (16, 20)
INFO = StreamInfo("", "made up", SHAPE, "uint16", grows=True)
LARGER = replace(INFO, shape_yx=(32, 24))
FINER = replace(INFO, dtype="float32")
WIDER = replace(INFO, channels=("channel 0", "GFP"), positions=("position 0", "B2"))

Event = StreamInfo | Arrival
PATIENCE_S = 10.0


class ScriptedSource:
    """Gives what a script says, each frame with its number as the pixels' value."""

    def __init__(self, script: list[Event]) -> None:
        self._script = script
        self._at = 0
        self._stopped = threading.Event()
        self.frames = 0
        self.lost_at_end = 0
        self.problem: str | None = None
        self.started = 0
        self.closed = False

    def open(self, run_id: str) -> StreamInfo:
        return replace(INFO, run_id=run_id)

    def start(self) -> None:
        self.started += 1

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        del timeout_s
        if self._at == len(self._script) or self._stopped.is_set():
            return NoFrame.ENDED
        event = self._script[self._at]
        self._at += 1
        if isinstance(event, Arrival):
            pixels[:] = self.frames
            self.frames += 1
        return event

    def request_stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self.closed = True


class WaitingSource(ScriptedSource):
    """Waits in `open` until it is asked to stop."""

    def __init__(self, waiting: threading.Event) -> None:
        super().__init__([])
        self._waiting = waiting

    def open(self, run_id: str) -> StreamInfo:
        del run_id
        self._waiting.set()
        assert self._stopped.wait(30)
        raise StoppedError("nothing came before the stop")


def frames(*positions: Position) -> list[Event]:
    return [Arrival(at, received_ns=1) for at in positions]


def run(config: Config, source: ScriptedSource) -> tuple[RunReport, list[Telemetry]]:
    report, snapshots = whole_run.run(config, source)
    assert (source.started, source.closed) == (1, True)
    return report, snapshots


def test_a_stream_that_grows_stays_in_one_recording(config: Config) -> None:
    later = frames(Position(2), Position(0, c=1), Position(0, p=1), Position(1, c=1, p=1))
    report, _ = run(config, ScriptedSource([*frames(Position(0), Position(1)), WIDER, *later]))
    assert (report.complete, report.ledger.recorded, report.parts) == (True, 6, ())
    assert verify(config.store.path).sound
    reader = StoreReader(config.store.path)
    assert reader.info.channels == WIDER.channels
    assert reader.info.run_id == report.run_id
    last = reader.read("raw", Position(1, c=1, p=1))
    np.testing.assert_array_equal(last, np.full(SHAPE, 5, np.uint16))


def test_other_frames_begin_another_recording(config: Config) -> None:
    two = frames(Position(0), Position(1))
    report, snapshots = run(
        config, ScriptedSource([*two, LARGER, *two, *frames(Position(2)), FINER, *two])
    )
    assert (report.complete, report.ledger.recorded, report.ledger.acquired) == (True, 7, 7)
    assert [part.ledger.recorded for part in report.parts] == [2, 3, 2]
    first = config.store.path
    paths = [first, part_path(first, 1), part_path(first, 2)]
    assert [part.store for part in report.parts] == [str(path) for path in paths]
    assert [path.name for path in paths[1:]] == ["run.1.ome.zarr", "run.2.ome.zarr"]
    kinds = [(StoreReader(path).info.shape_yx, StoreReader(path).info.dtype) for path in paths]
    assert kinds == [(SHAPE, "uint16"), (LARGER.shape_yx, "uint16"), (SHAPE, "float32")]
    assert all(verify(path).sound for path in paths)
    assert {part.run_id for part in report.parts} == {
        report.run_id, f"{report.run_id}.1", f"{report.run_id}.2"
    }  # fmt: skip
    stores = [value for name, value in as_table(report) if name == "recording"]
    assert stores == [str(path) for path in paths]
    assert snapshots[-1].run_id == f"{report.run_id}.2"


def test_a_later_recording_takes_a_name_that_is_free(config: Config) -> None:
    taken = part_path(config.store.path, 1)
    taken.mkdir(parents=True)
    report, _ = run(config, ScriptedSource([LARGER, *frames(Position(0))]))
    assert report.complete
    assert report.parts[1].store == str(part_path(config.store.path, 2))
    assert list(taken.iterdir()) == []


def test_all_parts_are_restored(config: Config) -> None:
    section = config.restorer.model_copy(
        update={
            "enabled": True,
            "engine": "identity",
            "camera": CameraSection(gain=2.0, offset=0.0, read_noise=1.6),
        }
    )
    config = config.model_copy(update={"restorer": section})
    three = frames(Position(0), Position(1), Position(2))
    report, _ = run(config, ScriptedSource([*three, LARGER, *three]))
    assert report.problems == ()
    assert (report.ledger.recorded, report.ledger.restored) == (6, 6)
    assert [part.ledger.restored for part in report.parts] == [3, 3]


def test_a_new_epoch_goes_on_in_the_same_recording(config: Config) -> None:
    again = [Arrival(Position(2), received_ns=1, new_epoch=True), *frames(Position(3))]
    report, _ = run(config, ScriptedSource([*frames(Position(0), Position(1)), *again]))
    assert report.complete
    lines = list(StoreReader(config.store.path).lines("raw"))
    assert [line.epoch for line in lines] == [0, 0, 1, 1]


def test_a_run_that_is_stopped_while_its_source_waits(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = threading.Event()
    source = WaitingSource(waiting)
    monkeypatch.setattr(
        "livecare.supervisor.interrupt.Interrupts.requested",
        property(lambda _: waiting.is_set(), lambda _, __: None),
        raising=False,
    )
    with pytest.raises(StoppedError, match="nothing came"):
        Run(config, source, lambda _: None).execute()
    assert source.closed
    assert not config.store.path.exists()


class HoldingSource(ScriptedSource):
    """Gives all of its script, which it held before any stop, and ends when it is asked to."""

    def __init__(self, script: list[Event], between: Callable[[], None]) -> None:
        super().__init__(script)
        self._between = between
        self._asked = threading.Event()
        self.stopped = False

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        event = super().read_into(pixels, timeout_s)
        if isinstance(event, StreamInfo):
            self._between()
        if event is NoFrame.ENDED:
            self.stopped = self._asked.wait(PATIENCE_S)
        return event

    def request_stop(self) -> None:
        self._asked.set()


@pytest.mark.parametrize("stop", ["asked for", "an alarm"])
def test_a_stop_between_two_parts_leaves_what_the_source_holds_to_the_second(
    config: Config, stop: str
) -> None:
    def between() -> None:
        if stop == "asked for":
            runs[0].request_stop()
        else:
            runs[0]._parts[0].pipeline.collection.findings.stop_wanted = "guards"

    two = frames(Position(0), Position(1))
    source = HoldingSource([*two, LARGER, *two], between)
    runs = [Run(config, source, lambda _: None)]
    report = runs[0].execute()
    assert (report.complete, report.ledger.recorded, source.frames) == (True, 4, 4)
    assert [part.ledger.recorded for part in report.parts] == [2, 2]
    assert (source.stopped, source.closed) == (True, True)


def test_the_names_of_later_recordings() -> None:
    assert part_path(Path("a/b.ome.zarr"), 3) == Path("a/b.3.ome.zarr")
    assert part_path(Path("a/b"), 1) == Path("a/b.1")
