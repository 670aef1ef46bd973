"""What the documentation's extensions make: every command, every key, links that leave docs/."""

import json
import sys
from pathlib import Path

import pytest

import livecare
from livecare.config import make_config
from livecare.config.schema import config_schema

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs" / "extensions"))

from configuration_tables import comments, configuration_page, tables
from module_lines import lines_of, modules_page
from outside_links import with_copies


def test_every_key_has_a_type_and_a_meaning() -> None:
    keys = {f"{name}.{key.name}": key for name, _, some in tables() for key in some}
    assert [name for name, key in keys.items() if not key.takes or len(key.meaning) < 5] == []
    assert keys["restorer.latency_budget_ms"].default == "`100.0`"
    assert keys["restorer.camera.gain"].default == "must be given"
    assert keys["source.simulated.rate_hz"].meaning.startswith("Frames per second")


def test_every_table_has_a_purpose() -> None:
    assert [name for name, purpose, _ in tables() if not purpose] == []


def test_every_key_of_the_schema_is_on_the_page() -> None:
    page = configuration_page()
    schema = json.loads(config_schema())
    named = {key for part in schema["$defs"].values() for key in part["properties"]}
    assert [key for key in named if f"`{key}`" not in page and f".{key}]`" not in page] == []


def test_defaults_are_those_of_the_program() -> None:
    program = make_config({}, "nothing").model_dump(mode="json")
    for name, _, keys in tables():
        part = program.get(name)
        for key in keys if part else ():
            if key.default.startswith("`"):
                assert json.loads(key.default.strip("`")) == part[key.name], (name, key)


def test_comments_of_the_example_are_found_by_key() -> None:
    text = "[source.push]  # what comes\n# silent_s = 5  # so long\nbuffer_frames = 3 # how many\n"
    assert comments(text) == {
        "source.push": "What comes",
        "source.push.silent_s": "So long",
        "source.push.buffer_frames": "How many",
    }


def test_links_out_of_the_folder_become_downloads(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "how-to").mkdir(parents=True)
    (tmp_path / "config").mkdir()
    (tmp_path / "README.md").touch()
    text = "[a](../../README.md#x) [b](../../config/) [c](../trust.md) [d](../../gone.md)"
    expected = "[a](path:../../README.md) b [c](../trust.md) [d](../../gone.md)"
    assert with_copies(text, docs / "how-to" / "page.md", docs) == expected


def test_every_module_says_in_one_line_what_it_knows() -> None:
    page = modules_page()
    assert "- `livecare.ring.writer`: " in page
    assert page.index("## livecare.ring\n") < page.index("- `livecare.ring.writer`: ")
    assert page.count("\n- `") == len(list(Path(livecare.__file__).parent.rglob("*.py")))


def test_a_module_that_says_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text("ANSWER = 42\n")
    with pytest.raises(ValueError, match=r"silent\.py has no docstring"):
        lines_of(tmp_path)
