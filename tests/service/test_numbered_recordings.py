"""What a service finds under the name of its recording, and what it makes of it."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_up_run import INFO, MadeUpCamera, configured

from livecare.config import Config
from livecare.disk import aligned_block
from livecare.errors import ConfigError, LivecareError, StoreError, StoreExistsError
from livecare.frame import FrameHeader, Position
from livecare.link.telemetry import Telemetry
from livecare.process_mark import ProcessMark
from livecare.sinks import blueprint
from livecare.sinks.checksum import CHECKSUM_BYTES
from livecare.sinks.claim import claimed
from livecare.sinks.manifest import Manifest
from livecare.sinks.options import StoreOptions
from livecare.sinks.progress import Progress
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify
from livecare.supervisor import Run, RunReport, mending
from livecare.supervisor.mending import Mending, is_interrupted
from livecare.supervisor.names import part_path, recordings_named


def record(config: Config) -> RunReport:
    return Run(config, MadeUpCamera(frames=3), lambda _: None).execute()


def leave_interrupted(path: Path, frames: int = 2) -> Path:
    """Leave a recording as a killed run does, but for who wrote it."""
    store = Store.create(path, replace(INFO, run_id="dead"))
    for t in range(frames):
        block = aligned_block(16 * 16 * 2 + CHECKSUM_BYTES)
        store.raw.append(FrameHeader(t, Position(t), (16, 16), "uint16", 1), block)
    store.close()
    return path


def test_a_service_records_beside_what_is_there(tmp_path: Path) -> None:
    config = configured(tmp_path, on_existing="number")
    first = config.store.path
    part_path(first, 2).mkdir()  # somebody else's
    stores = [Path(record(config).store) for _ in range(3)]
    assert stores == [first, part_path(first, 1), part_path(first, 3)]
    assert all(verify(store).sound for store in stores)
    with pytest.raises(StoreExistsError, match="choose another path"):
        record(configured(tmp_path))  # but not by default


def test_to_overwrite_and_to_number_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="contradict"):
        configured(tmp_path, overwrite=True, on_existing="number")


def test_what_broke_off_is_recovered_while_the_next_run_goes_on(tmp_path: Path) -> None:
    config = configured(tmp_path, on_existing="number")
    first = config.store.path
    left = [leave_interrupted(path) for path in (first, part_path(first, 7))]

    def look(_: Telemetry) -> None:
        if all(Manifest.load(path).state == "incomplete" for path in left):
            run.request_stop()

    run = Run(config, MadeUpCamera(), look)
    report = run.execute()
    assert (report.complete, report.store) == (True, str(part_path(first, 1)))
    for path in left:
        assert verify(path).ok
        ledger = Manifest.load(path).ledger
        assert ledger is not None
        assert (ledger.recorded, ledger.skipped) == (2, 2)


def test_a_recovery_that_cannot_even_begin_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No memory for another process: what broke off stays as it is, and the run goes on."""
    first = configured(tmp_path, on_existing="number").store
    left = [leave_interrupted(path) for path in (first.path, part_path(first.path, 1))]

    def begin(_: Path) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(mending, "_begin", begin)
    with Mending(first) as broken_off:
        broken_off.start()
        broken_off._thread.join()
    said = "".join(capsys.readouterr())
    assert said.count("Cannot allocate memory") == len(left)
    assert all(is_interrupted(path) for path in left)


def test_by_default_nothing_is_recovered_unasked(tmp_path: Path) -> None:
    config = configured(tmp_path)
    left = leave_interrupted(part_path(config.store.path, 1))
    record(config)
    assert Manifest.load(left).state == "open"


def test_what_is_being_written_is_not_taken_for_broken_off(tmp_path: Path) -> None:
    path = tmp_path / "run.ome.zarr"
    with Store.create(path, INFO):
        assert not is_interrupted(path)
        with pytest.raises(StoreError, match="is being written"):
            recover(path)
    assert is_interrupted(path)
    elsewhere = replace(ProcessMark.current(), host="another machine")
    Progress(writer=elsewhere).save(path)
    assert not is_interrupted(path)  # nobody here can tell
    ended = replace(ProcessMark.current(), boot="of yesterday", born=1.0)
    Progress(writer=ended).save(path)
    assert is_interrupted(path)
    recover(path)
    assert not is_interrupted(path)
    assert not is_interrupted(tmp_path)


def test_a_recording_has_a_writer_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def look(path: Path) -> None:
        if path == tmp_path and (tmp_path / "s").exists():
            found.append(is_interrupted(tmp_path / "s"))

    monkeypatch.setattr(blueprint, "sync_path", look)  # the last that is done in the making
    Store.create(tmp_path / "s", INFO).close()
    assert found == [False]


def test_only_one_mends_a_recording(tmp_path: Path) -> None:
    path = leave_interrupted(tmp_path / "s")
    with claimed(path), pytest.raises(StoreError, match="is being recovered by another"):
        recover(path)
    assert recover(path).mended


def test_recordings_of_a_name(tmp_path: Path) -> None:
    for name in ("a.ome.zarr", "a.12.ome.zarr", "a.b.ome.zarr", "ab.ome.zarr", "a.1", "a.1.zarr"):
        (tmp_path / name).mkdir()
    found = [path.name for path in recordings_named(tmp_path / "a.ome.zarr")]
    assert found == ["a.12.ome.zarr", "a.ome.zarr"]
    assert [path.name for path in recordings_named(tmp_path / "a")] == ["a.1"]
    assert list(recordings_named(tmp_path / "missing" / "a")) == []


def at_once(*making: Callable[[], Store]) -> Iterator[Store | LivecareError]:
    """Let all of them fill their folders before any gives its own the name."""
    together = threading.Barrier(len(making), timeout=60)
    fill = blueprint._fill

    def fill_together(*given: object) -> None:
        fill(*given)  # type: ignore[arg-type]
        together.wait()

    results: list[Store | LivecareError] = []

    def make(one: Callable[[], Store]) -> None:
        try:
            results.append(one())
        except LivecareError as error:
            results.append(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blueprint, "_fill", fill_together)
        threads = [threading.Thread(target=make, args=(one,)) for one in making]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    yield from results


@pytest.mark.parametrize("overwrite", [False, True], ids=["new", "overwritten"])
def test_of_two_that_make_one_recording_one_gets_it(tmp_path: Path, *, overwrite: bool) -> None:
    path = tmp_path / "s"
    if overwrite:
        leave_interrupted(path)
    infos = [replace(INFO, run_id=name) for name in "ab"]
    options = StoreOptions(overwrite=overwrite)
    made = list(at_once(*[lambda info=info: Store.create(path, info, options) for info in infos]))
    refused = [each for each in made if isinstance(each, LivecareError)]
    stores = [each for each in made if isinstance(each, Store)]
    assert [type(each) for each in refused] == [StoreExistsError]
    [store] = stores
    assert Manifest.load(path).info == store.info
    store.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["s"]


def test_a_number_that_another_process_took_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path, on_existing="number")
    create, first = Store.create, config.store.path

    def create_later(path: Path, *given: object) -> Store:
        if path == first:
            leave_interrupted_by(create, path)
        return create(path, *given)  # type: ignore[arg-type]

    def leave_interrupted_by(make: Callable[..., Store], path: Path) -> None:
        make(path, replace(INFO, run_id="quicker")).close()

    monkeypatch.setattr(Store, "create", create_later)
    assert record(config).store == str(part_path(first, 1))
    assert Manifest.load(first).info.run_id == "quicker"


def test_what_was_left_while_a_recording_was_made_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = tmp_path / "s.0123.partial", tmp_path / "s.4567.partial"
    for path in (old, young):
        (path / "raw").mkdir(parents=True)
    present = old.stat().st_mtime
    os_time = present + blueprint.LEFTOVER_S + 1
    monkeypatch.setattr(blueprint.time, "time", lambda: os_time)
    os.utime(young, (os_time, os_time))
    Store.create(tmp_path / "s", INFO).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s", "s.4567.partial"]
