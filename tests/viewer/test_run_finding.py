"""Runs of this user are found by their folders, without asking them: they may stand still."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest

from livecare import run_place
from livecare.client.endpoints import endpoint_in
from livecare.process_mark import ProcessMark
from livecare.supervisor.run_folder import RunFolder
from livecare.viewer.feed.finding import find_runs


def folder_of(parent: Path, run_id: str, begun_s: int = 1) -> Path:
    folder = RunFolder.make(run_id, parent, 0).path
    os.utime(run_place.owner_file(folder), (begun_s, begun_s))
    return folder


def own_by(folder: Path, **mark: object) -> None:
    own = asdict(ProcessMark.current())
    run_place.owner_file(folder).write_text(json.dumps(own | mark), encoding="utf-8")


def test_no_run(tmp_path: Path) -> None:
    (tmp_path / "livecare-notes.txt").touch()
    (tmp_path / "livecare-empty").mkdir()
    assert find_runs(tmp_path) == []
    assert find_runs(tmp_path / "missing") == []


def test_the_newest_comes_first(tmp_path: Path) -> None:
    for run_id, begun_s in (("b", 20), ("a.1", 30), ("a", 10)):
        folder_of(tmp_path, run_id, begun_s)
    runs = find_runs(tmp_path)
    assert [run.run_id for run in runs] == ["a.1", "b", "a"]
    assert runs[0].folder == tmp_path / "livecare-a.1"
    assert runs[0].begun_ns == 30 * 10**9
    assert runs[0].pid == os.getpid()


def test_it_looks_where_runs_make_their_folders_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, temporary = tmp_path / "memory", tmp_path / "temporary"
    monkeypatch.setattr(run_place, "MEMORY_FOLDER", memory)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(temporary))
    folder_of(memory, "one", 1)
    folder_of(temporary, "two", 2)
    assert [run.run_id for run in find_runs()] == ["two", "one"]
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(memory))
    assert [run.run_id for run in find_runs()] == ["one"]


def test_endpoints_are_read_where_they_are_written(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "run")
    [run] = find_runs(tmp_path)
    assert (run.telemetry, run.control, run.preview) == (None, None, None)
    run_place.telemetry_file(folder).write_text("tcp://127.0.0.1:1", encoding="utf-8")
    run_place.control_file(folder).write_text("tcp://127.0.0.1:2\n", encoding="utf-8")
    run_place.preview_file(folder).write_text("tcp://127.0.0.1:3", encoding="utf-8")
    [run] = find_runs(tmp_path)
    assert (run.telemetry, run.control, run.preview) == (
        "tcp://127.0.0.1:1",
        "tcp://127.0.0.1:2",
        "tcp://127.0.0.1:3",
    )


@pytest.mark.parametrize(
    "written", ["", "tcp://127.0.0.1:no", "tcp://192.0.2.1:80", "tcp://127.0.0.1:70000", "\x00"]
)
def test_what_is_no_endpoint_of_this_machine_is_none(tmp_path: Path, written: str) -> None:
    file = tmp_path / "preview.endpoint"
    file.write_text(written, encoding="utf-8")
    assert endpoint_in(file) is None
    file.write_bytes(b"\xff\xfe")
    assert endpoint_in(file) is None


def test_a_part_that_has_ended_is_passed_over(tmp_path: Path) -> None:
    """Its frames are being restored in the background; no new ones come."""
    folder = folder_of(tmp_path, "run")
    run_place.end_file(folder).touch()
    assert find_runs(tmp_path) == []


def test_a_killed_runs_folder_is_passed_over(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        folder = folder_of(tmp_path, "run")
        own_by(folder, **asdict(ProcessMark.of(owner.pid)))
        assert [run.pid for run in find_runs(tmp_path)] == [owner.pid]
        owner.kill()
        owner.wait()
    assert find_runs(tmp_path) == []
    own_by(folder, born=1.0)
    assert find_runs(tmp_path) == [], "another process has got its number"


@pytest.mark.parametrize("owner", ["", "[]", "{}", '{"pid": "x"}', '{"pid": 1, "created": 1}'])
def test_a_folder_whose_owner_cannot_be_told_is_passed_over(tmp_path: Path, owner: str) -> None:
    folder = folder_of(tmp_path, "run")
    run_place.owner_file(folder).write_text(owner, encoding="utf-8")
    assert find_runs(tmp_path) == []


def test_another_containers_run_is_passed_over(tmp_path: Path) -> None:
    own_by(folder_of(tmp_path, "run"), host="elsewhere")
    assert find_runs(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a folder has one user there")
def test_another_users_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_of(tmp_path, "run")
    own = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)
    assert find_runs(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_of_another_user_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link is theirs though the folder that it names is ours."""
    folder_of(tmp_path / "ours", "run")
    link = tmp_path / "livecare-run"
    link.symlink_to(tmp_path / "ours" / "livecare-run")
    own, theirs = os.lstat(tmp_path / "ours"), os.lstat(link)
    lstat = Path.lstat

    def as_if_theirs(path: Path) -> os.stat_result:
        if path != link:
            return lstat(path)
        return os.stat_result((*theirs[:4], own.st_uid + 1, *theirs[5:10]))

    assert len(find_runs(tmp_path)) == 1
    monkeypatch.setattr(Path, "lstat", as_if_theirs)
    assert find_runs(tmp_path) == []
