"""README and docs say what is there: commands, options, settings, files."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest

from livecare.cli.main import app
from livecare.cli.view import view
from livecare.config import make_config

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
VIEWER = ROOT / "docs" / "viewer.md"
DOCUMENTS = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])

LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
COMMAND = re.compile(r"`livecare ([a-z]+)")
BLOCK = re.compile(r"```toml\n(.*?)```", re.DOTALL)


def names_of(documents: list[Path]) -> list[str]:
    return [str(each.relative_to(ROOT)) for each in documents]


@pytest.mark.parametrize("document", DOCUMENTS, ids=names_of(DOCUMENTS))
def test_what_is_linked_to_is_there(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_readme_has_one_command_that_runs_the_tests() -> None:
    found = re.findall(
        r"^pip install .*pytest.*$", README.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(found) == 1


def test_every_command_for_people_is_in_some_document_and_no_other() -> None:
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    named = [
        each.name or getattr(each.callback, "__name__", "")
        for each in app.registered_commands
        if not each.hidden
    ]
    groups = [str(each.name) for each in app.registered_groups]
    assert "view" in named
    assert [name for name in named + groups if f"livecare {name}" not in text] == []
    readme = README.read_text(encoding="utf-8")
    assert set(COMMAND.findall(readme)) <= {*named, *groups}


def test_every_option_of_the_viewer_is_explained() -> None:
    text = VIEWER.read_text(encoding="utf-8")
    options = [f"--{name.replace('_', '-')}" for name in inspect.signature(view).parameters]
    assert len(options) > 5
    assert [option for option in options if f"{option}" not in text] == []


def test_settings_in_the_viewers_document_can_be_set() -> None:
    blocks = BLOCK.findall(VIEWER.read_text(encoding="utf-8"))
    configured = [make_config(tomllib.loads(block), "docs/viewer.md") for block in blocks]
    assert [each.store.record for each in configured if each.store.record != "at-once"]
    assert [each for each in configured if "*" not in each.publish.control]
