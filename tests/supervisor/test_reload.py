"""A configuration file that changes while a run goes on: what is done, waits, or is refused."""

import threading
from pathlib import Path

import pytest
from changing_run import Asked
from window_package import WINDOW_PACKAGE

from livecare.config import Config, read_config
from livecare.errors import UsageError
from livecare.frame import StreamInfo
from livecare.link.requests import Answer, Done, MarkRequest, Refused, SwapRequest
from livecare.logs import logger, set_up_logs
from livecare.supervisor.plan import restorer_spec
from livecare.supervisor.reload import NO_FILE, UNCHANGED, Reloads

pytestmark = pytest.mark.usefixtures("engines")
PATIENCE_S = 60.0
FIRST = """[store]
path = "run.ome.zarr"
[restorer]
engine = "first"
model = "default-fast"
latency_budget_ms = 100.0
"""


class Reloading(Asked):
    """A run with a file; `write` changes that."""

    def __init__(self, folder: Path, text: str = FIRST) -> None:
        self.file = folder / "scope.toml"
        self.write(text)
        super().__init__(folder, self.read())
        self.marks: list[str] = []
        self.reloads = Reloads(self.config, self.read, self.changes, self.mark)

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")

    def change(self, before: str, after: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert before in text
        self.write(text.replace(before, after))

    def read(self) -> Config:
        return read_config(self.file)

    def mark(self, request: MarkRequest) -> Answer:
        self.marks.append(request.text)
        return Done("")

    def done(self) -> list[str]:
        answer = self.reloads.reload()
        assert isinstance(answer, Done), answer
        return answer.words.splitlines()

    def refusal(self) -> str:
        """Return why a reload is refused; nothing may have changed."""
        before = self.changes.config, self.changes.restorers, len(self.pipeline.ordered)
        answer = self.reloads.reload()
        assert isinstance(answer, Refused), answer
        assert (self.changes.config, self.changes.restorers, len(self.pipeline.ordered)) == before
        assert self.marks == []
        return answer.reason


@pytest.fixture
def run(tmp_path: Path) -> Reloading:
    return Reloading(tmp_path)


def test_nothing_has_changed(run: Reloading) -> None:
    assert run.done() == [UNCHANGED]
    run.change("[store]", "# a remark\n[store]")
    assert run.done() == [UNCHANGED]
    assert run.pipeline.ordered == run.marks == []


def test_what_can_change_now_changes_in_one_step(run: Reloading) -> None:
    run.change('"default-fast"', f'"{WINDOW_PACKAGE}"\nwindow = [90.0, 900.0]\nmax_batch = 2')
    run.change('"first"', '"second"')
    run.change("100.0", "40.0")
    changed, restores = run.done()
    assert changed == (
        "changed: restorer.engine first → second; restorer.model default-fast → "
        f"{WINDOW_PACKAGE}; restorer.latency_budget_ms 100.0 → 40.0; restorer.max_batch 8 → 2; "
        "restorer.window (left out) → (90.0, 900.0)"
    )
    assert restores == "restores now: livecare first low-light restoration: best"
    [ordered], [section] = run.pipeline.ordered, run.pipeline.sections
    assert ordered is not None
    assert ordered.normalisation == "fixed"
    assert section == run.read().restorer == run.changes.config.restorer
    info = StreamInfo("run", "made up", (48, 64), "uint16")
    spec = restorer_spec(run.changes.config, info, ordered, run.file.parent, (), "x", ())
    assert (spec.latency_budget_ms, spec.max_batch, spec.window) == (40.0, 2, (90.0, 900.0))
    assert run.made == [(run.changes.config, ordered)], "further parts begin with it"
    assert run.marks == [f"configuration reloaded: {changed.removeprefix('changed: ')}"]
    assert run.done() == [UNCHANGED]


def test_what_waits_for_the_next_start_is_said_until_it_is_undone(run: Reloading) -> None:
    run.change("run.ome.zarr", "other.ome.zarr")
    run.change("100.0", "50.0")
    folder = run.file.parent
    waiting = f"at the next start: store.path {folder}/run.ome.zarr → {folder}/other.ome.zarr"
    assert run.done() == [
        "changed: restorer.latency_budget_ms 100.0 → 50.0",
        f"restores now: {run.pipeline.collection.restorer.ready_last.model}: best",  # type: ignore[union-attr]
        waiting,
    ]
    assert run.done() == ["nothing could be changed now", waiting]
    run.change("other.ome.zarr", "run.ome.zarr")
    assert run.done() == [UNCHANGED]
    assert len(run.pipeline.ordered) == 1


def test_what_was_swapped_stays_unless_the_file_says_something_new_of_it(run: Reloading) -> None:
    run.changes.handle(SwapRequest(engine="second"))
    assert run.done() == [UNCHANGED], "the file is what it was"
    run.change("100.0", "50.0")
    run.done()
    assert run.changes.restorers is not None
    assert run.changes.restorers.engine == "second"
    assert run.changes.config.restorer.latency_budget_ms == 50.0
    run.change('"first"', '"identity"')
    run.done()
    assert run.changes.restorers.engine == "identity"
    run.changes.handle(SwapRequest(engine="second"))
    assert run.changes.config.restorer.latency_budget_ms == 50.0, "a swap keeps it"


def test_what_does_not_go_with_what_was_swapped_is_refused(run: Reloading) -> None:
    run.changes.handle(SwapRequest(model=str(WINDOW_PACKAGE)))
    run.change("100.0", "100.0\ncamera = { gain = 2.0, offset = 100.0, read_noise = 1.0 }")
    reason = run.refusal()
    assert "with what runs now, this cannot be" in reason
    assert "restorer.camera" in reason


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("engine", "engin", ":4:1: unknown key 'restorer.engin'; did you mean 'restorer.engine'?"),
        ("100.0", '"slow"', ':6:1: restorer.latency_budget_ms is "slow"; give a number, above 0'),
        ("100.0", "", ":6:21: this is not valid TOML"),
        ("default-fast", "gone", ":5: restorer.model: there is no model 'gone'"),
        ('"first"', '"first"\nprecision = "bf16"', ":5: restorer.precision: first cannot"),
    ],
)
def test_a_wrong_file_changes_nothing(run: Reloading, before: str, after: str, words: str) -> None:
    run.change("run.ome", "other.ome")
    run.change(before, after)
    reason = run.refusal()
    assert f"{run.file}{words}" in reason
    assert reason.endswith("nothing has changed, and the run goes on")


def test_a_file_that_is_gone_changes_nothing(run: Reloading) -> None:
    run.file.unlink()
    assert "cannot read the configuration" in run.refusal()


def test_what_the_restorer_refuses_is_taken_back_as_a_whole(run: Reloading) -> None:
    run.pipeline.reacts = lambda revision: revision == 1 and run.pipeline.refuse(revision)
    run.change('"first"', '"second"')
    run.change("100.0", "50.0\n[log]\nlevel = 'error'")
    answer = run.reloads.reload()
    assert answer == Refused("second: no GPU")
    assert run.changes.config == run.config
    assert run.pipeline.ordered[-1] is run.first
    assert run.pipeline.sections[-1] == run.config.restorer
    run.pipeline.reacts = run.pipeline.follow
    assert run.done()[0].startswith("changed: restorer.engine first → second"), "again in full"


def test_a_run_without_a_file_says_so(run: Reloading) -> None:
    reloads = Reloads(run.config, None, run.changes, run.mark)
    assert reloads.reload() == Refused(NO_FILE)


def test_a_run_that_records_only_restores_at_the_next_start(tmp_path: Path) -> None:
    run = Reloading(tmp_path, FIRST.replace("[restorer]", "[restorer]\nenabled = false"))
    run.change("default-fast", "default")
    assert run.done() == [
        "nothing could be changed now",
        "at the next start: restorer.model default-fast → default",
    ]


def test_a_run_that_waits_for_its_first_frame_begins_with_the_new_file(run: Reloading) -> None:
    run.present = None
    run.change('"first"', '"second"')
    assert run.done() == ["changed: restorer.engine first → second"]
    assert run.changes.restorers is not None
    assert run.changes.restorers.engine == "second"
    assert run.pipeline.ordered == []
    assert run.made == [(run.changes.config, run.changes.restorers)]


def test_a_restorer_that_is_not_ready_is_asked_later(run: Reloading) -> None:
    run.pipeline.collection.restorer_gone()
    run.change('"first"', '"second"')
    assert "not ready: ask again" in run.refusal()
    run.change('"second"', '"first"')
    run.change("100.0", "100.0\nbackfill = false")
    assert run.done() == ["changed: restorer.backfill True → False"], "it has no part in that"


def test_how_much_is_logged(run: Reloading, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("recorder", run_id="r1")
    run.write(FIRST + '[log]\nlevel = "warning"\nformat = "json"\n')
    assert run.done() == ["changed: log.level info → warning; log.format console → json"]
    capsys.readouterr()
    logger().info("not this")
    logger().warning("but this")
    [line] = capsys.readouterr().err.splitlines()
    assert '"event": "but this"' in line
    assert '"run_id": "r1"' in line


def test_a_mark_that_cannot_be_made_is_no_reason(run: Reloading) -> None:
    def no_frame(_: MarkRequest) -> Answer:
        raise UsageError("there is no frame yet")

    run.reloads = Reloads(run.config, run.read, run.changes, no_frame)
    run.change("100.0", "50.0")
    assert run.done()[0] == "changed: restorer.latency_budget_ms 100.0 → 50.0"


def test_signals_are_answered_one_after_the_other(run: Reloading) -> None:
    ordered = threading.Semaphore(0)

    def follow(revision: int) -> None:
        run.pipeline.follow(revision)
        ordered.release()

    run.pipeline.reacts = follow
    with run.reloads as reloads:
        for budget in ("100.0", "90.0", "80.0"):
            run.change(budget, f"{float(budget) - 10}")
            reloads.ask()
            assert ordered.acquire(timeout=PATIENCE_S)
    assert run.changes.config.restorer.latency_budget_ms == 70.0
    assert len(run.pipeline.ordered) == 3


def test_the_end_of_a_run_ends_a_reload(run: Reloading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livecare.supervisor.change.LOOK_S", 0.01)
    awaited = threading.Event()
    run.pipeline.reacts = lambda _: awaited.set()
    run.change("100.0", "50.0")
    with run.reloads:
        run.reloads.ask()
        assert awaited.wait(PATIENCE_S)
        run.changes.end()
    assert run.changes.config.restorer.latency_budget_ms == 100.0
    assert run.reloads.reload() == Refused("the run is over")


def test_a_full_disk_is_no_end_of_those_who_listen(run: Reloading) -> None:
    ordered = threading.Semaphore(0)

    def full(_: int) -> None:
        run.pipeline.reacts = follow
        ordered.release()
        raise OSError(28, "No space left on device")

    def follow(revision: int) -> None:
        run.pipeline.follow(revision)
        ordered.release()

    run.pipeline.reacts = full
    run.change("100.0", "50.0")
    with run.reloads as reloads:
        for _ in range(2):
            reloads.ask()
            assert ordered.acquire(timeout=PATIENCE_S)
    assert run.changes.config.restorer.latency_budget_ms == 50.0
