"""A room for the blocks of one page."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from room import NOWHERE, Room

from livecare import run_place


@pytest.fixture
def room(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Room]:
    tmp_path_factory.getbasetemp()  # before TMPDIR is another one
    room = Room()
    for name, setting in room.environment.items():
        monkeypatch.setenv(name, setting)
    monkeypatch.setattr(run_place, "MEMORY_FOLDER", NOWHERE)
    monkeypatch.setattr(tempfile, "tempdir", room.environment["TMPDIR"])
    before = Path.cwd()
    os.chdir(room.home)
    yield room
    os.chdir(before)
    room.close()
