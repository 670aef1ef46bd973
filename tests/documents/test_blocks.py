"""Every block of README and docs runs, is read, or says why it is neither."""

import re
from pathlib import Path

import pytest
from blocks import work_through
from room import Room

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if "```" in page.read_text(encoding="utf-8")
)
SKIP = re.compile(r"<!--\s*skip:(?P<what>[^\n]*?)-->")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_every_block_runs_or_is_read(page: Path, room: Room) -> None:
    wrong, _ = work_through(str(page), room)
    assert not wrong, "\n".join([name_of(page), *wrong])


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_what_is_left_out_says_why(page: Path) -> None:
    for found in SKIP.finditer(page.read_text(encoding="utf-8")):
        assert re.fullmatch(r' (next|start) "[^"]{10,}" | end ', found["what"]), found[0]
