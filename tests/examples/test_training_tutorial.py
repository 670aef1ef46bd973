"""The tutorial that trains does what it says; left out of the other pages' test, for its time."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")
pytest.importorskip("sybil", reason="the extra 'test' is missing")

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "documents"))

import room as rooms
from blocks import work_through

PAGE = ROOT / "docs" / "tutorials" / "train-on-your-own-stack.md"
SPARED = re.compile(r"<!-- skip: (start .*?|end) -->\n")


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[rooms.Room]:
    monkeypatch.setattr(rooms, "PATIENCE_S", 300)  # for a training on a busy machine
    room = rooms.Room()
    for name, setting in room.environment.items():
        monkeypatch.setenv(name, setting)
    monkeypatch.setattr(tempfile, "tempdir", room.environment["TMPDIR"])
    monkeypatch.chdir(room.home)
    yield room
    os.chdir(ROOT)
    room.close()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_step_of_the_training_tutorial(room: rooms.Room, tmp_path: Path) -> None:
    page = tmp_path / PAGE.name
    text, spared = SPARED.subn("", PAGE.read_text(encoding="utf-8"))
    assert spared == 2
    page.write_text(text, encoding="utf-8")
    wrong, skipped = work_through(str(page), room)
    assert not wrong, "\n".join(wrong)
    assert len(skipped) == 1  # pip
    assert (room.home / "first-model" / "model" / "bioimageio.yaml").exists()
