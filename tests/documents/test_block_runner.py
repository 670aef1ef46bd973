"""What runs the blocks of pages notices what is wrong in them."""

from pathlib import Path

import pytest
from blocks import work_through
from room import Room


def found_in(room: Room, tmp_path: Path, text: str) -> tuple[str, list[str]]:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    wrong, skipped = work_through(str(page), room)
    return "\n".join(wrong), skipped


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("```sh\necho so far; false; echo on\n```", "so far"),
        ("```sh\necho $never_set\n```", "never_set"),
        ("```sh\npip install 'livecare[nothing]'\n```", "nothing"),
        ("```python\n1 / 0\n```", "ZeroDivisionError"),
        ("```toml\n[store]\npathh = 'x'\n```", "pathh"),
        ("```json\n{]\n```", "JSONDecodeError"),
        ("```fortran\nend\n```", "fortran"),
        ("```\nlivecare run\n```", "in which language"),
        ("<!-- invisible-code-block: sh\nfalse\n-->", "exit code 1"),
        ("<!-- behind -->\n```sh\nexit 5\n```\n```sh\nsleep 0.2\n```", "exit code 5"),
    ],
    ids=lambda text: text.replace("\n", " ").replace("`", "")[:24],
)
def test_what_is_wrong_is_said(room: Room, tmp_path: Path, block: str, words: str) -> None:
    wrong, _ = found_in(room, tmp_path, f"# Title\n\n{block}\n")
    assert "line " in wrong
    assert words in wrong


def test_blocks_share_folder_variables_and_names(room: Room, tmp_path: Path) -> None:
    text = """
```sh
mkdir sub && cd sub && greeting=hello
```
```python
number = 3
```
```python
# show.py
import pathlib
pathlib.Path("shown").write_text("127.0.0.1:5765")
```
```sh
test "$greeting" = hello
python ../show.py
test "$(cat shown)" != "127.0.0.1":5765  # this one is not exchanged
```
```python
import pathlib
assert number == 3
assert pathlib.Path("sub/shown").read_text().startswith("127.0.0.1:")
```
<!-- skip: next "needs a microscope of its own" -->
```sh
false
```
"""
    wrong, skipped = found_in(room, tmp_path, text)
    assert wrong == ""
    assert [reason.partition(": ")[2] for reason in skipped] == ["needs a microscope of its own"]


def test_what_goes_on_behind_is_ended_with_the_page(room: Room, tmp_path: Path) -> None:
    text = """
<!-- behind -->
```sh
trap 'touch ended; exit 0' INT
touch begun
while true; do sleep 0.05; done
```
```sh
until_it_works test -e begun
```
"""
    wrong, _ = found_in(room, tmp_path, text)
    assert wrong == ""
    assert (room.home / "ended").exists()
