"""A whole run with a source that is made up: what its troubles become in the report."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import msgspec
import psutil
import pytest
import whole_run

from livecare.config import CameraSection, Config
from livecare.errors import MissingExtraError, SourceError, StoreExistsError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.link import NormalisationLocked
from livecare.link.tally import GuardTally
from livecare.sinks.reader import StoreReader
from livecare.sources.protocol import Arrival, NoFrame
from livecare.supervisor import Run, RunReport, Telemetry, stall
from livecare.supervisor.report import EngineReport, as_table

SHAPE = (16, 20)
INFO = StreamInfo("", "made up", SHAPE, "uint16")
CAMERA = CameraSection(gain=2.0, offset=100.0, read_noise=1.6)
"""Frames of `SHAPE` are too small to estimate it from."""


class MadeUpSource:
    """Gives some frames, then does what it is told."""

    def __init__(self, frames: int, end: Callable[[], NoFrame] = lambda: NoFrame.ENDED) -> None:
        self._frames, self._end = frames, end
        self._given = 0
        self.lost_at_end = 0
        self.problem: str | None = None
        self.why_lost: str | None = None
        self.closed = False
        self.open_error: SourceError | None = None
        self.may_begin = threading.Event()
        self.may_begin.set()

    def open(self, run_id: str) -> StreamInfo:
        if self.open_error is not None:
            raise self.open_error
        return replace(INFO, run_id=run_id)

    def start(self) -> None:
        """Nothing to do."""

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        if not self.may_begin.wait(timeout_s):
            return NoFrame.WAITING
        if self._given == self._frames:
            return self._end()
        pixels[:] = self._given
        self._given += 1
        return Arrival(Position(self._given - 1), received_ns=1)

    def request_stop(self) -> None:
        self._frames = self._given

    def close(self) -> None:
        self.closed = True


def run(config: Config, source: MadeUpSource) -> tuple[RunReport, list[Telemetry]]:
    report, snapshots = whole_run.run(config, source)
    assert source.closed
    return report, snapshots


def fail() -> NoFrame:
    raise SourceError("the camera was unplugged at frame 5; plug it in")


def test_raw_frames_only(config: Config) -> None:
    report, snapshots = run(config, MadeUpSource(5))
    assert report.complete
    assert (report.ledger.recorded, report.ledger.restored, report.ledger.skipped) == (5, 0, 5)
    assert report.engine is None
    assert report.psnr_db is None
    assert report.latency_ms == {"p50": None, "p99": None, "max": None}
    assert {snapshot.restorer for snapshot in snapshots} == {"off"}
    assert snapshots[-1].stage == "ended"
    assert snapshots[-1].persisted_raw == 4
    assert snapshots[-1].free_bytes > 0
    assert dict(as_table(report))["recorded (raw)"] == 5
    assert dict(as_table(report))["restored at the end, not live"] == 0


def test_the_summary_says_where_alarms_are_explained_and_owns_up_to_a_poor_estimate(
    config: Config,
) -> None:
    report, _ = run(config, MadeUpSource(5))
    values = {"gain": 2.0, "offset": 95.0, "read_noise": 0.0, "binning": 1.0}
    locked = NormalisationLocked("anscombe", values, "estimated from 8 frames")
    engine = EngineReport("identity", "fp32", "CPU", "", "m", "ab" * 32, 1, 1, (locked,))
    alarmed = {"drift": GuardTally(3.0, 2.0, frames=5, alarms=2)}
    rows = dict(as_table(msgspec.structs.replace(report, engine=engine, guards=alarmed)))
    assert "offset 95, read noise too small to tell, binning 1" in rows["normalisation"]
    assert "read noise 0, binning 1" in locked.words, "files say the number"
    assert rows["guards"] == "drift in 2 of 5 frames"
    assert rows["what guards mean"] == f"livecare report {config.store.path}, docs/trust.md"
    quiet = {"drift": GuardTally(1.0, 2.0, frames=5)}
    assert "what guards mean" not in dict(as_table(msgspec.structs.replace(report, guards=quiet)))
    given = msgspec.structs.replace(locked, origin="the configuration")
    engine = msgspec.structs.replace(engine, normalisation=(given,))
    rows = dict(as_table(msgspec.structs.replace(report, engine=engine)))
    assert rows["normalisation"] == given.words


def test_a_camera_that_fails(config: Config) -> None:
    report, _ = run(config, MadeUpSource(5, fail))
    assert not report.complete
    assert report.problems == ("the camera was unplugged at frame 5; plug it in",)
    assert report.ledger.recorded == 5
    assert len(list(StoreReader(config.store.path).lines("raw"))) == 5


def test_a_camera_that_lost_frames(config: Config) -> None:
    source = MadeUpSource(5)
    source.lost_at_end = 3
    report, _ = run(config, source)
    assert not report.complete
    assert report.ledger.lost == 3
    assert report.problems == ("3 frames lost: the camera did not wait",)
    assert dict(as_table(report))["lost"] == "3"


def test_a_camera_that_ended_early(config: Config) -> None:
    source = MadeUpSource(5)
    source.problem = "the camera stopped by itself after 5 of 10 frames"
    report, _ = run(config, source)
    assert report.problems == (source.problem,)
    assert not report.complete


def only_looked_at(config: Config, source: MadeUpSource) -> RunReport:
    section = config.store.model_copy(update={"record": "when-asked"})
    report = Run(config.model_copy(update={"store": section}), source, lambda _: None).execute()
    assert source.closed
    assert report.store == ""
    return report


def test_a_camera_that_dies_while_it_is_only_looked_at(config: Config) -> None:
    def die() -> NoFrame:
        source.problem = "the camera failed after frame 4; check its cable"
        return NoFrame.ENDED

    source = MadeUpSource(5, die)
    report = only_looked_at(config, source)
    assert (report.complete, report.problems) == (False, (source.problem,))


def test_frames_that_are_lost_while_they_are_only_looked_at_are_in_no_report(
    config: Config,
) -> None:
    source = MadeUpSource(5)
    source.lost_at_end, source.why_lost = 3, "the buffer was full; make it larger"
    report = only_looked_at(config, source)
    assert (report.complete, report.problems, report.ledger.lost) == (True, (), 0)


def test_nothing_was_acquired(config: Config) -> None:
    report, _ = run(config, MadeUpSource(0))
    assert report.complete
    assert report.ledger.acquired == 0


def test_a_camera_that_cannot_be_opened(config: Config) -> None:
    source = MadeUpSource(5)
    source.open_error = SourceError("no camera: switch it on")
    with pytest.raises(SourceError, match="switch it on"):
        Run(config, source, lambda _: None).execute()
    assert source.closed
    assert not config.store.path.exists()
    run(config, MadeUpSource(1))  # the way is free for the next try


def test_a_recording_that_exists(config: Config) -> None:
    run(config, MadeUpSource(1))
    source = MadeUpSource(2)
    with pytest.raises(StoreExistsError, match=r"run\.ome\.zarr"):
        Run(config, source, lambda _: None).execute()
    assert len(list(StoreReader(config.store.path).lines("raw"))) == 1


def test_an_error_of_ours_is_not_hidden(config: Config) -> None:
    def stumble() -> NoFrame:
        raise ZeroDivisionError

    source = MadeUpSource(3, stumble)
    with pytest.raises(ZeroDivisionError):
        Run(config, source, lambda _: None).execute()
    assert source.closed
    assert not list((config.store.path.parent / "rings").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process with a signal")
def test_a_restorer_that_hangs_is_replaced(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alive and silent, at the end of a run: everything would wait for it."""
    monkeypatch.setattr(stall, "STALLED_S", 0.5)
    restorer = config.restorer.model_copy(
        update={"enabled": True, "engine": "identity", "camera": CAMERA}
    )

    def hang(now: Telemetry) -> None:
        if now.restorer == "ready" and not source.may_begin.is_set():
            for child in psutil.Process().children():
                if "restorer" in child.cmdline():
                    child.suspend()
            source.may_begin.set()

    source = MadeUpSource(5)
    source.may_begin.clear()
    report = Run(config.model_copy(update={"restorer": restorer}), source, hang).execute()
    assert report.complete
    assert report.ledger.restored == 5
    assert report.restorer["restarts"] == 1


@pytest.mark.parametrize("lacks", ["a free path", "a package"])
def test_what_cannot_be_recorded_is_refused_before_the_source_waits(
    config: Config, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    """Nobody is there any more when the first frame comes."""
    path = config.store.path
    if lacks == "a free path":
        path.mkdir()
    monkeypatch.setitem(sys.modules, "numcodecs.blosc", None)
    compression = "zstd" if lacks == "a package" else "none"

    def start(**settings: object) -> None:
        section = config.store.model_copy(update={"compression": compression} | settings)
        source = MadeUpSource(0)
        source.open_error = SourceError("it waited for frames")
        Run(config.model_copy(update={"store": section}), source, lambda _: None).execute()

    with pytest.raises((StoreExistsError, MissingExtraError)):
        start()
    with pytest.raises(SourceError, match="it waited"):
        start(record="when-asked")
    if lacks == "a free path":
        with pytest.raises(StoreExistsError, match="no livecare store"):
            start(overwrite=True)
        with pytest.raises(SourceError, match="it waited"):
            start(on_existing="number")
