"""Runs whose rings are not there yet, cannot be read, or go: nothing is raised."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from ring_stage import RingStage, raw_of

from livecare import run_place
from livecare.process_mark import ProcessMark
from livecare.ring import Phase
from livecare.viewer.feed import local
from livecare.viewer.feed.local import LocalFeed

Stage = Callable[..., RingStage]


def test_rings_that_are_not_made_yet_are_waited_for(tmp_path: Path, stage: Stage) -> None:
    folder = tmp_path / "livecare-run"
    feed = LocalFeed(folder)
    assert feed.take() == []
    run = stage()
    run_place.raw_ring(folder).rename(folder / "aside")
    run_place.raw_ring(folder).write_bytes(bytes(100))
    feed = LocalFeed(folder)
    assert feed.take() == []
    assert "not a livecare ring" in str(feed.trouble)
    assert not feed.ended
    (folder / "aside").replace(run_place.raw_ring(folder))
    run.raw(0)
    assert raw_of(feed.take()) == [0]
    assert feed.trouble is None


def test_another_versions_frames_are_a_problem_and_no_end(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(0)
    run.damage_newest()
    assert feed.take() == []
    assert feed.trouble
    run.raw(1)
    assert raw_of(feed.take()) == [1]
    assert feed.trouble is None


@pytest.mark.parametrize("how", ["end message", "closed ring", "folder gone"])
def test_the_end_of_a_run_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(local, "OWNER_CHECK_S", 0.0)
    run = stage()
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(0)
    assert not feed.ended
    if how == "end message":
        run.end()
    elif how == "closed ring":
        run.phase(Phase.CLOSED)
    else:
        shutil.rmtree(run.folder, ignore_errors=sys.platform == "win32")
        if sys.platform == "win32":
            pytest.skip("Windows keeps files that are mapped")
    assert feed.ended
    assert not feed.killed
    assert raw_of(feed.take()) == [0], "what came before the end is shown"
    feed.close()
    assert feed.ended


def test_a_killed_run_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "OWNER_CHECK_S", 0.0)
    run = stage()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        mark = json.dumps(asdict(ProcessMark.of(owner.pid)))
        run_place.owner_file(run.folder).write_text(mark, encoding="utf-8")
        feed = LocalFeed(run.folder)
        feed.take()
        assert not feed.ended
        owner.kill()
        owner.wait()
    assert feed.ended
    assert feed.killed
    assert feed.take() == []


def test_a_folder_that_vanishes_before_it_was_looked_at(stage: Stage) -> None:
    run = stage()
    run.remove()
    feed = LocalFeed(run.folder)
    assert feed.take() == []
    assert feed.ended
    assert not feed.killed
