"""What a snapshot says of a run, field by field where it is more than a counter."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from livecare import disk
from livecare.frame import FrameHeader, Ledger, Position, Restoration, StreamInfo
from livecare.link import Degraded, GettingReady, NormalisationLocked, Ready, Report
from livecare.link.telemetry import Telemetry
from livecare.load import MachineLoad
from livecare.recorder import Collection
from livecare.sinks.store import Store
from livecare.supervisor.store import NoStore
from livecare.supervisor.watch import Watch

INFO = StreamInfo("run", "made up", (24, 32), "uint16")
CPU_READY = Ready("onnxruntime", "fp32", 1, 0.01, "m", "CPUExecutionProvider")
RESTORATION = Restoration("e", "p", "m", "", "fixed", {"low": 0.0, "high": 1.0}, 0, 0, 0, 1)


class MadeUpRun:
    """Counters of a run, and a watch that looks at them."""

    def __init__(self, folder: Path, store: Store | NoStore, *, recording: bool = True) -> None:
        nobody: Any = None
        self.refused: dict[str, str] = {}
        self.collection = Collection(nobody, nobody, nobody, nobody, lambda: 0)
        self.acquisition = SimpleNamespace(
            acquired=5, references=0, lost=0, passed_over=0, began_ns=None, ended_ns=None
        )
        self.restorer = SimpleNamespace(restarts=0, given_up=False, trouble="")
        self.publisher = SimpleNamespace(trouble="")
        self.recording = SimpleNamespace(recorded=4)
        self._watch = Watch(
            INFO,
            store,
            folder / "s",
            self,  # type: ignore[arg-type]
            2 * INFO.frame_bytes,
            recording=recording,
            refused=lambda: self.refused,
        )

    @property
    def children(self) -> list[SimpleNamespace]:
        return [each for each in (self.restorer, self.publisher) if each is not None]

    def tell(self, report: Report) -> None:
        self.collection._note(report)

    def look(self) -> Telemetry:
        return self._watch.look("acquiring")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpRun:
    monkeypatch.setattr(MachineLoad, "cpu_percent", lambda _: 12.5)
    monkeypatch.setattr(MachineLoad, "gpu_percent", lambda _: 87.5)
    store = Store.create(tmp_path / "s", INFO)
    store.mark(0, "a", 1)
    store.close()
    return MadeUpRun(tmp_path, store)


def test_where_it_records_for_how_long_and_what_was_marked(run: MadeUpRun, tmp_path: Path) -> None:
    found = run.look()
    assert (found.recording, found.store, found.marks) == (True, str(tmp_path / "s"), 1)
    assert found.recorded_s is None, "the camera has not begun"
    run.acquisition.began_ns, run.acquisition.ended_ns = 10**9, 3 * 10**9
    assert run.look().recorded_s == 2.0
    run.acquisition.ended_ns = None
    growing = run.look().recorded_s
    assert growing is not None
    assert growing != 2.0
    assert found.ledger == Ledger(acquired=5, recorded=4)


def test_a_run_that_does_not_record(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path, NoStore(), recording=False)
    run.acquisition.began_ns = 1
    found = run.look()
    assert (found.recording, found.store, found.marks, found.recorded_s) == (False, "", 0, None)
    assert (found.persisted_raw, found.persisted_restored) == (-1, -1)


def test_how_long_the_disk_lasts_with_restored_frames_of_another_type(
    run: MadeUpRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda _: 600 * INFO.frame_bytes)
    rates = {"_acquired": 9.0, "_recorded": 6.0, "_restored": 2.0}
    for name, hz in rates.items():
        rate = SimpleNamespace(update=lambda _, hz=hz: hz)
        monkeypatch.setattr(run._watch, name, rate)
    assert run.look().free_minutes == 600 / (6.0 + 2.0 * 2) / 60, "float32 beside uint16"


def test_the_restorers_states(run: MadeUpRun) -> None:
    states = [run.look().restorer]
    for report in (GettingReady(), CPU_READY):
        run.tell(report)
        states.append(run.look().restorer)
    run.collection.restorer_gone()
    run.restorer.restarts = 1
    states.append(run.look().restorer)
    run.tell(GettingReady())
    states.append(run.look().restorer)
    run.collection.restorer_gone()
    run.restorer.given_up = True
    states.append(run.look().restorer)
    run.restorer = None  # type: ignore[assignment]
    states.append(run.look().restorer)
    assert states == [
        "starting",
        "building",
        "ready",
        "restarting",
        "building",
        "given up",
        "off",
    ]


@pytest.mark.parametrize(
    ("engine", "gpu_percent"),
    [
        ("onnxruntime", None),
        ("openvino", None),
        ("identity", None),
        ("tensorrt", 87.5),
        ("onnxruntime-cuda", 87.5),
        ("onnxruntime-directml", 87.5),
    ],
)
def test_the_gpu_is_asked_where_the_engine_runs_on_one(
    run: MadeUpRun, engine: str, gpu_percent: float | None
) -> None:
    assert run.look().gpu_percent is None, "no engine yet"
    run.tell(Ready(engine, "fp16", 1, 0.01))
    found = run.look()
    assert (found.cpu_percent, found.gpu_percent) == (12.5, gpu_percent)


def test_ages_are_of_live_frames_of_late(run: MadeUpRun) -> None:
    assert (run.look().age_p50_ms, run.look().age_p99_ms) == (None, None)
    header = FrameHeader(0, Position(0), (24, 32), "uint16", received_ns=-7_000_000)
    run.collection.stages.add(header, RESTORATION)
    assert run.look().age_p50_ms == pytest.approx(7.0, rel=0.025)
    assert run.look().age_p99_ms == pytest.approx(7.0, rel=0.025)


def test_what_is_locked_and_what_would_be_refused(run: MadeUpRun) -> None:
    assert (run.look().normalisation, run.look().refused) == ((), {})
    locked = NormalisationLocked("fixed", {"low": 1.0, "high": 2.0}, "frames")
    run.tell(locked)
    run.refused = {"record": "the run ends"}
    assert run.look().normalisation == (locked,)
    assert run.look().refused == {"record": "the run ends"}


def test_less_that_is_restored_is_a_state_of_its_own(run: MadeUpRun) -> None:
    """With an engine that fails, and with none at all; smaller batches are words and no state."""
    found = []
    for report in (
        GettingReady(),
        Degraded("raw", "frames pass as they came, since there is no engine"),
        CPU_READY,
        Degraded("full", "2 frames at once at most"),
        Degraded("sparse", "only every 8th; 2 frames at once at most"),
        Degraded("raw", "frames pass as they came"),
        Degraded("full", ""),
    ):
        run.tell(report)
        now = run.look()
        found.append((now.restorer, now.degraded))
    assert found == [
        ("building", ""),
        ("degraded", "frames pass as they came, since there is no engine"),
        ("ready", ""),
        ("ready", "2 frames at once at most"),
        ("degraded", "only every 8th; 2 frames at once at most"),
        ("degraded", "frames pass as they came"),
        ("ready", ""),
    ]


def test_what_ails_the_children_is_said(run: MadeUpRun) -> None:
    run.tell(CPU_READY)
    run.tell(Degraded("raw", "frames pass as they came"))
    run.collection.restorer_gone()
    run.restorer.restarts, run.restorer.trouble = 1, "the restorer was killed by SIGKILL"
    run.publisher.trouble = "the publisher ended with exit code 1"
    found = run.look()
    assert found.restorer == "restarting"
    assert found.degraded == f"{run.restorer.trouble}; {run.publisher.trouble}"
