"""Commands stand in fenced blocks, which are run or say why not; indented ones nobody would run."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
HIDDEN = re.compile(r"^ {4,}(?:livecare|pip|python3?|sudo|journalctl|cp|mkdir) .*", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_fenced(page: Path) -> None:
    text = FENCED.sub(
        "", re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    )
    assert HIDDEN.findall(text) == []


def test_an_indented_command_is_seen() -> None:
    assert HIDDEN.findall("Do this:\n\n    livecare restore IN OUT\n") == [
        "    livecare restore IN OUT"
    ]
