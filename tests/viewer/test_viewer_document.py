"""docs/viewer.md lists the shortcuts that the window has."""

import re
from pathlib import Path

import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from pytestqt.qtbot import QtBot

from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import Where
from livecare.viewer.remembered import Remembered
from livecare.viewer.window import ViewerWindow

DOCUMENT = Path(__file__).parents[2] / "docs" / "viewer.md"


def test_the_shortcuts_are_those_of_the_document(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session(Where(tmp_path))
    window = ViewerWindow(session, Remembered(tmp_path / "viewer.ini"), tmp_path)
    qtbot.addWidget(window)
    keys = DOCUMENT.read_text(encoding="utf-8").partition("## Keys")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", keys, re.MULTILINE)[1:]
    assert rows == [(key, does) for key, does, _ in window.shortcuts()]
