"""In which line each key of a TOML text stands: right, or not said."""

import json
import tomllib
from collections.abc import Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from livecare.config.document import DEEPEST, MOST_MISTAKES, read_document
from livecare.config.lines import Lines, Place, Text, find_lines, paths_in
from livecare.config.toml_scan import KeyPath

EVERYTHING = '''\
# a comment = "no key"
first = 1
"quoted key" . inner = [1, {x = 1, y.z = [2,
 3]}, """of "several"
lines = 3"""]
'a b'="[no.table]" # c

[table]   # [no]
key = 'x' # y = 1
window = [
  # ] = 1
  1.0, # ]
  2.0,
]
empty = {}
[table.sub."deep er"]
when = 1979-05-27 07:32:00
text = \'\'\'
[neither]
nor = "this" \'\'\'
[[list]]
a = 1
[[list.more]]
[list.one]
b = "\\"] # no"
[[list]]
[[list.more]]
c = +1_000
[[list.more]]
c = inf
[table.sub]
late = true
'''
PLACES: dict[KeyPath, tuple[int, int]] = {
    ("first",): (2, 1),
    ("quoted key", "inner"): (3, 1),
    ("quoted key", "inner", 1, "x"): (3, 29),
    ("quoted key", "inner", 1, "y", "z"): (3, 36),
    ("quoted key", "inner", 1, "y", "z", 1): (4, 2),
    ("quoted key", "inner", 2): (4, 7),
    ("a b",): (6, 1),
    ("table",): (8, 1),
    ("table", "key"): (9, 1),
    ("table", "window"): (10, 1),
    ("table", "window", 1): (13, 3),
    ("table", "sub", "deep er"): (16, 1),
    ("table", "sub", "deep er", "when"): (17, 1),
    ("table", "sub", "deep er", "text"): (18, 1),
    ("list", 0, "a"): (22, 1),
    ("list", 0, "more", 0): (23, 1),
    ("list", 0, "one", "b"): (25, 1),
    ("list", 1): (26, 1),
    ("list", 1, "more", 0, "c"): (28, 1),
    ("list", 1, "more", 1, "c"): (30, 1),
    ("table", "sub"): (31, 1),
    ("table", "sub", "late"): (32, 1),
}


def lines_of(text: str) -> Lines:
    return find_lines(Text(text), tomllib.loads(text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_everything_that_toml_has(end: str) -> None:
    lines = lines_of(EVERYTHING.replace("\n", end))
    assert {path: lines.of(path) for path in PLACES} == {
        path: Place(*place) for path, place in PLACES.items()
    }
    assert lines.of(("table", "none")) is None
    assert lines.nearest(("table", "none", "at", "all")) == Place(8, 1)
    assert lines.nearest(("nowhere", "at", "all")) is None


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=6)
BARE = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
SCALARS = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.booleans().map(lambda value: str(value).lower()),
    st.sampled_from(["1979-05-27", "07:32:00.5", "inf", "0xff", "1e3"]),
    NAMES.map(lambda text: json.dumps(text, ensure_ascii=False).replace("\x7f", "")),
    st.sampled_from(["'it'", "''", '"""a\n"b" = [\n]"""', "'''\n# x\n[y]'''", '"""""x"""""']),
)
GAPS = st.sampled_from(["", " ", "\t", "\n", " # ], }\n  ", "\n\n"])


@st.composite
def values(draw: st.DrawFn, deep: int = 0) -> str:
    """Write a value: a scalar, a list over several lines, or a table in braces."""
    kind = draw(st.sampled_from("sssat" if deep < 3 else "s"))
    if kind == "a":
        items = draw(st.lists(values(deep + 1), max_size=3))
        gap = draw(GAPS)
        return "[" + ",".join(f"{gap}{item}{gap}" for item in items) + gap + "]"
    if kind == "t":
        keys = draw(st.lists(BARE, max_size=3, unique_by=str.lower))
        pairs = [f"{key} = {draw(values(deep + 1))}" for key in keys]
        return "{ " + ", ".join(pairs) + " }"
    return draw(SCALARS)


def written(draw: st.DrawFn, name: str) -> str:
    """Write a key in one of the ways that it may be written in."""
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    ways = [json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")]
    ways += [name] if plain else []
    ways += [f"'{name}'"] if "'" not in name and "\x7f" not in name else []
    return draw(st.sampled_from(ways))


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, Place]]:
    """Write tables and keys, and note in which line each is put."""
    text, places = "", dict[KeyPath, Place]()
    tables = draw(st.lists(st.lists(NAMES, max_size=3).map(tuple), max_size=4, unique=True))
    for table in [
        (),
        *sorted((each for each in tables if each), key=len, reverse=draw(st.booleans())),
    ]:
        text += draw(st.sampled_from(["", "\n", "# a = 1\n", "  \n"]))
        if table:
            indent = draw(st.sampled_from(["", "  "]))
            places[table] = Place(text.count("\n") + 1, len(indent) + 1)
            dots = draw(st.sampled_from([".", " . "]))
            text += f"{indent}[{dots.join(written(draw, name) for name in table)}]\n"
        inner = {each[len(table)] for each in tables if each[: len(table)] == table != each}
        for name in draw(st.lists(NAMES, max_size=3, unique=True)):
            if name in inner or (not table and any(each[:1] == (name,) for each in tables)):
                continue
            key = (name, draw(NAMES)) if draw(st.booleans()) else (name,)
            indent = draw(st.sampled_from(["", "\t "]))
            places[*table, *key] = Place(text.count("\n") + 1, len(indent) + 1)
            words = " . ".join(written(draw, part) for part in key)
            text += f"{indent}{words} = {draw(values())}{draw(st.sampled_from(['', ' # x = 2']))}\n"
    return text, places


@settings(max_examples=50, deadline=None)
@given(documents())
def test_every_key_is_found_in_the_line_that_it_was_written_in(
    made: tuple[str, dict[KeyPath, Place]],
) -> None:
    text, places = made
    lines = lines_of(text)
    assert {path: lines.of(path) for path in places} == places
    assert set(paths_in(tomllib.loads(text))) == set(lines.places)


@settings(max_examples=50, deadline=None)
@given(documents(), st.data())
def test_a_text_that_was_spoilt_is_read_without_a_crash_and_without_a_guess(
    made: tuple[str, dict[KeyPath, Place]], data: st.DataObject
) -> None:
    text = made[0] or "a = 1\n"
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        put = data.draw(
            st.sampled_from(["[", "]", '"', "'", '"""', "=", ".", ",", "{", "}", "\n", "#", "a"])
        )
        text = text[:at] + put + text[at + data.draw(st.integers(0, 2)) :]
    read = read_document(text, "x.toml")
    assert len(read.mistakes) <= MOST_MISTAKES
    assert bool(read.mistakes) == (not valid(text))
    rows = text.split("\n")
    for path, place in read.lines.places.items():
        begin = rows[place.line - 1][place.column - 1 :]
        if not isinstance(path[-1], int) and not begin.startswith("["):
            assert begins_with_a_key_of(begin, path), f"{path} is not at {place}"
    for mistake in read.mistakes:
        assert mistake.place is None or 1 <= mistake.place.line <= len(rows)


def valid(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def begins_with_a_key_of(begin: str, path: KeyPath) -> bool:
    """Tell whether a text begins with one of the keys of a path, as tomllib reads it."""
    for end in range(1, len(begin) + 1):
        try:
            key = next(iter(tomllib.loads(f"{begin[:end]} = 1")))
        except tomllib.TOMLDecodeError:
            continue
        if key in path:
            return True
    return False


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab.=[]{}\"'#,\n \\1\t\r"), max_size=40))
@example("[" * 2000)
@example("a = " + "[" * 2000)
@example("a = " + "{a=" * 2000)
@example('a = """')
@example("a = " + "[" * 200 + "]" * 200)
def test_rubbish_is_read_without_a_crash(text: str) -> None:
    read = read_document(text, "x.toml")
    assert isinstance(read.table, Mapping)
    assert read.mistakes or tomllib.loads(text) == read.table


def test_a_key_of_very_many_parts_is_a_mistake() -> None:
    [mistake] = read_document(f"a{'.a' * 1200} = 1\n", "x.toml").mistakes
    assert "nested too deeply" in str(mistake)


def test_nesting_beyond_reason_is_a_mistake_in_its_line() -> None:
    deep = "x = 1\na = " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    [mistake] = read_document(deep, "x.toml").mistakes
    assert str(mistake).startswith("x.toml:2:")
    assert "nested too deeply" in str(mistake)
