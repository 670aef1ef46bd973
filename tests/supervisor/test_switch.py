"""Recording is started and stopped while frames come: none is lost, each recording is whole."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from operated_run import INFO, LARGER, PATIENCE_S, SHAPE, Operated, acquires, restoring

from livecare.config import Config
from livecare.errors import UsageError
from livecare.frame import Pixels, StreamInfo
from livecare.link.requests import Done, MarkRequest, RecordRequest, Refused
from livecare.sinks.reader import StoreReader
from livecare.sinks.verify import verify
from livecare.sources.protocol import Arrival, NoFrame
from livecare.supervisor import switch
from livecare.supervisor.part import Part
from livecare.supervisor.report import as_table


def when_asked(config: Config) -> Config:
    section = config.store.model_copy(update={"record": "when-asked"})
    return config.model_copy(update={"store": section})


def camera_indices(store: Path) -> list[int]:
    return [line.camera_index for line in StoreReader(store).lines("raw")]  # type: ignore[misc]


def test_recordings_follow_each_other_without_a_gap(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    run = operate(config)
    first = run.until(acquires)
    assert first.recording
    assert first.store == str(config.store.path)
    assert "record" not in first.refused
    assert isinstance(run.ask(RecordRequest(on=False)), Done)
    looking = run.until(acquires)
    assert not looking.recording
    assert looking.ledger.recorded == 0
    assert "nothing is being recorded" in looking.refused["mark"]
    answer = run.ask(RecordRequest(on=True))
    second = config.store.path.with_name("run.1.ome.zarr")
    assert answer == Done(f"recording into {second}")
    run.until(lambda seen: acquires(seen) and seen.recording)
    report = run.end()
    assert report.complete, report.problems
    assert [part.store for part in report.parts] == [str(config.store.path), str(second)]
    before, after = camera_indices(config.store.path), camera_indices(second)
    assert before == list(range(len(before)))
    assert after == list(range(after[0], run.source.given)), "from the switch to the very end"
    assert after[0] > before[-1] + 1, "what was only looked at is in neither"
    assert all(verify(store).sound for store in (config.store.path, second))
    reader = StoreReader(second)
    line = next(iter(reader.lines("raw")))
    assert line.t == 0, "time points count from the beginning of the recording"
    pixels = reader.read("raw", line.position)
    np.testing.assert_array_equal(pixels, np.full(SHAPE, after[0] % 60_000, np.uint16))
    assert config.ring.directory is not None
    assert not list(config.ring.directory.iterdir())


def test_a_run_that_only_looks_leaves_nothing(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    run = operate(when_asked(config))
    run.until(acquires)
    report = run.end()
    assert (report.complete, report.store, report.ledger.acquired) == (True, "", 0)
    assert ("recording", "none: nobody asked for one") in as_table(report)
    assert not config.store.path.exists()


def test_what_is_asked_twice_or_too_early_is_refused(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    run = operate(when_asked(config))
    run.until(acquires)
    assert run.ask(RecordRequest(on=False)) == Refused("nothing is recorded")
    refused = run.ask(MarkRequest("a cell divides"))
    assert isinstance(refused, Refused)
    assert "nothing is being recorded" in refused.reason
    assert run.ask(RecordRequest(on=True)) == Done(f"recording into {config.store.path}")
    again = run.ask(RecordRequest(on=True))
    assert again == Refused(f"it records already, into {config.store.path}")
    report = run.end()
    assert report.complete
    assert report.store == str(config.store.path)
    with pytest.raises(UsageError, match="no livecare run of yours"):
        run.ask(RecordRequest(on=False))


def test_a_recording_that_cannot_begin_is_refused_and_the_run_looks_on(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    blocked = config.store.path.parent / "a file"
    blocked.write_text("no folder")
    section = config.store.model_copy(update={"path": blocked / "run.ome.zarr"})
    run = operate(when_asked(config.model_copy(update={"store": section})))
    run.until(acquires)
    answer = run.ask(RecordRequest(on=True))
    assert isinstance(answer, Refused)
    assert str(blocked) in answer.reason
    given = run.source.given
    run.until(lambda seen: acquires(seen) and run.source.given > given)
    report = run.end()
    assert report.complete
    assert report.store == ""


def test_what_was_wrong_before_a_recording_began_is_not_wrong_with_it(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    run = operate(when_asked(config))
    run.until(acquires)
    run.source.why_lost = "3 frames were lost while they were only looked at"
    run.source.problem = "one of several senders was gone without an end"
    assert isinstance(run.ask(RecordRequest(on=True)), Done)
    run.until(lambda seen: acquires(seen) and seen.recording)
    report = run.end()
    assert (report.complete, report.problems) == (True, ())


def test_marks_are_in_the_recording(config: Config, operate: Callable[[Config], Operated]) -> None:
    run = operate(config)
    run.until(lambda seen: seen.ledger.recorded > 3)
    assert run.ask(MarkRequest("drug added", sequence=2)) == Done("marked frame 2: drug added")
    assert isinstance(run.ask(MarkRequest("a cell divides")), Done)
    beyond = run.ask(MarkRequest("later", sequence=10**9))
    assert isinstance(beyond, Refused)
    assert f"no frame {10**9}" in beyond.reason
    run.until(lambda seen: seen.marks == 2)
    report = run.end()
    assert report.complete
    marks = StoreReader(config.store.path).marks()
    assert [mark.text for mark in marks] == ["drug added", "a cell divides"]
    assert marks[0].sequence == 2


def test_every_recorded_frame_is_restored_and_looks_as_before(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    run = operate(restoring(config))
    run.until(lambda seen: seen.ledger.restored > 0)
    assert isinstance(run.ask(RecordRequest(on=False)), Done)
    assert isinstance(run.ask(RecordRequest(on=True)), Done)
    run.until(lambda seen: acquires(seen) and seen.ledger.restored > 0)
    report = run.end()
    assert report.complete, report.problems
    assert report.ledger.restored == report.ledger.recorded
    first, second = (part.engine for part in report.parts)
    assert first is not None
    assert second is not None
    assert second.normalisation == first.normalisation


def test_frames_that_become_others_in_the_moment_of_a_switch_are_recorded(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    run = operate(config)
    run.until(acquires)
    first, prepare = run.snapshots[-1].run_id, run.switch.prepare
    assert prepare is not None

    def in_that_moment(*, recorded: bool) -> Part:
        run.source.becomes = replace(INFO, shape_yx=LARGER)
        run.until(lambda seen: acquires(seen) and seen.run_id != first)
        return prepare(recorded=recorded)

    run.switch.prepare = in_that_moment
    answer = run.ask(RecordRequest(on=False))
    assert isinstance(answer, Refused)
    assert "became others" in answer.reason
    now = run.until(acquires)
    assert now.recording, "nobody was told that it is not"
    report = run.end()
    assert report.complete, report.problems
    assert [StoreReader(Path(part.store)).info.shape_yx for part in report.parts] == [SHAPE, LARGER]
    assert config.ring.directory is not None
    assert not list(config.ring.directory.iterdir()), "what was made ahead is gone"
    assert not list(config.store.path.parent.glob("run.2*"))


class Camera:
    """Stands still while it is asked for a frame, when it is told to."""

    def __init__(self, run: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self._answers = threading.Event(), threading.Event()
        self._read_into = run.source.read_into
        monkeypatch.setattr(run.source, "read_into", self._hang)
        assert self.asked.wait(PATIENCE_S)

    def go_on(self) -> None:
        self._answers.set()

    def _hang(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        self.asked.set()
        assert self._answers.wait(PATIENCE_S)
        return self._read_into(pixels, timeout_s)


def test_a_switch_that_no_frame_came_for_is_refused_and_taken_back(
    config: Config, operate: Callable[[Config], Operated], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switch, "PATIENCE_S", 0.05)
    run = operate(config)
    run.until(acquires)
    camera = Camera(run, monkeypatch)
    answer = run.ask(RecordRequest(on=False))
    camera.go_on()
    assert isinstance(answer, Refused)
    assert "no frame came" in answer.reason
    given = run.source.given
    now = run.until(lambda seen: acquires(seen) and run.source.given > given)
    assert now.recording
    report = run.end()
    assert report.complete, report.problems
    assert camera_indices(config.store.path) == list(range(run.source.given)), "all in one"


def test_a_switch_that_is_under_way_is_not_taken_back_however_long_it_takes(
    config: Config, operate: Callable[[Config], Operated], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frames before it have to reach the disk."""
    monkeypatch.setattr(switch, "PATIENCE_S", 0.0)
    run = operate(config)
    run.until(acquires)
    monkeypatch.setattr(Part, "unsplit", lambda _: False)
    assert isinstance(run.ask(RecordRequest(on=False)), Done)
    assert not run.until(acquires).recording
    assert run.end().complete


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_what_was_made_ahead_behind_a_link_is_removed_and_the_link_stays(tmp_path: Path) -> None:
    store, link = tmp_path / "large" / "run.ome.zarr", tmp_path / "run.ome.zarr"
    store.mkdir(parents=True)
    link.symlink_to(store)
    made: Any = SimpleNamespace(close=lambda: None, recorded=True, path=link)
    Part.discard(made)
    assert not store.exists()
    assert link.is_symlink()


def test_what_was_made_ahead_and_is_gone_already_ends_nothing(tmp_path: Path) -> None:
    made: Any = SimpleNamespace(close=lambda: None, recorded=True, path=tmp_path / "gone")
    Part.discard(made)
