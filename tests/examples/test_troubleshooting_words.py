"""What docs/troubleshooting.md quotes is what livecare says."""

import re
from pathlib import Path

import pytest

import livecare

ROOT = Path(__file__).parents[2]
QUOTED = re.compile(r"^> (.+(?:\n> .+)*)$", re.MULTILINE)
PIECES = re.compile(r'"\s*\n\s*f?"')
TEXT = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ELLIPSIS = "…"


def quotes() -> list[str]:
    return [found.replace("\n> ", " ") for found in QUOTED.findall(TEXT)]


@pytest.fixture(scope="module")
def said() -> str:
    """The source, with texts that stand in several pieces as one."""
    files = Path(livecare.__file__).parent.rglob("*.py")
    return "\n".join(PIECES.sub("", file.read_text(encoding="utf-8")) for file in files)


def test_there_are_many() -> None:
    assert len(quotes()) > 40


def test_each_is_in_the_source(said: str) -> None:
    unknown = [
        (quote, part.strip())
        for quote in quotes()
        for part in quote.split(ELLIPSIS)
        if part.strip(" ;") not in said
    ]
    assert unknown == []
