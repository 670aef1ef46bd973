"""Knows how a mistake in a configuration is explained: which key, what it is, what it may be."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from livecare.config.lines import Lines
from livecare.config.mistake import Mistake
from livecare.config.nearest import meant_instead
from livecare.config.toml_scan import KeyPath
from livecare.config.tree import allowed, find_node, known_keys

UNKNOWN: Final = ("extra_forbidden", "unexpected_keyword_argument")
MISSING: Final = ("missing", "missing_argument")
OWN: Final = "value_error"
"""Types of pydantic's problems: a key that is unknown, or missing; and what our own checks say."""
_CURE: Final = re.compile(r"[:;] (?=(?:give|choose|leave|set|raise|put)\b)")
"""Where a sentence goes over from what is wrong to what to do about it."""
LONGEST: Final = 60
"""Characters of a value that are quoted."""
_NAMES_ITSELF: Final = re.compile(r"(?:[\w -]+: )?((\w+) (?:is|has|and) .*)", re.DOTALL)
"""How settings say what is wrong with them: "SOURCE: KEY is VALUE; CURE"."""
_DOTTED: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+")
"""What may be a key of another section."""


class Explainer:
    """Explains what pydantic finds wrong.

    Parameters
    ----------
    table : mapping
        The configuration.
    file : str
        Names it.
    lines : Lines
        Where its keys stand.
    """

    def __init__(self, table: Mapping[str, Any], file: str, lines: Lines) -> None:
        self._table, self._file, self._lines = table, file, lines

    def explain(self, problem: ErrorDetails) -> Mistake:
        """Explain one problem."""
        path = self._known_path(problem["loc"])
        if problem["type"] in UNKNOWN:
            return self._unknown(path)
        if problem["type"] in MISSING:
            return self._missing(path)
        if problem["type"] == OWN:
            return self.refused(path, problem["msg"].removeprefix("Value error, "))
        node = find_node(path) or {}
        given = self.value(path)
        cure = f"give {allowed(node)}"
        near = difflib.get_close_matches(str(given), map(str, node.get("enum", [])), n=1)
        if near:
            cure += f'; did you mean "{near[0]}"?'
        what = words_of(path) or "the configuration"
        return self.mistake(path, f"{what} is {quote(given)}", cure)

    def mistake(self, path: KeyPath, what: str, cure: str) -> Mistake:
        """Return a mistake at a key, or at the table that it should be in."""
        return Mistake(self._file, self._lines.nearest(path), what, cure, path)

    def value(self, path: KeyPath) -> object:
        """Return what is given for a key; None where it is not."""
        here: Any = self._table
        for part in path:
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def _known_path(self, location: Sequence[str | int]) -> KeyPath:
        """Return what a location names in the file; pydantic may add which variant it tried."""
        path = tuple(location)
        while path and not isinstance(self.value(path[:-1]), Mapping | list | tuple):
            path = path[:-1]
        return path

    def _unknown(self, path: KeyPath) -> Mistake:
        section, name = [str(part) for part in path[:-1]], str(path[-1])
        source = self.value(("source", "kind"))
        meant = meant_instead(
            [*section, name],
            source if isinstance(source, str) else "simulated",
            table=isinstance(self.value(path), Mapping),
        )
        known = ", ".join(known_keys(section))
        cure = f"leave it out: {_place(section)} has {known}" if known else "leave it out"
        if meant:
            cure = f"did you mean {' or '.join(map(repr, meant))}?"
        return self.mistake(path, f"unknown key '{words_of(path)}'", cure)

    def _missing(self, path: KeyPath) -> Mistake:
        what = f"{words_of(path)} is missing, and required in {_place(path[:-1])}"
        return self.mistake(path[:-1], what, f"give {allowed(find_node(path) or {})}")

    def refused(self, path: KeyPath, words: str) -> Mistake:
        """Explain what one of our own checks says: of the key itself, or of one in the section."""
        what, cure = parted(words)
        given = self.value(path)
        if not isinstance(given, Mapping):
            return self.mistake(path, f"{words_of(path)} is {quote(given)}: {what}", cure)
        found = _NAMES_ITSELF.fullmatch(what)
        if found is not None and found[2] in known_keys(path):
            return self.mistake((*path, found[2]), f"{words_of(path)}.{found[1]}", cure)
        spoken_of = next(filter(find_node, map(_path_in, _DOTTED.findall(what))), path)
        named = "" if spoken_of != path or not path else f"{words_of(path)}: "
        return self.mistake(spoken_of, f"{named}{what}", cure)


def words_of(path: Sequence[str | int]) -> str:
    """Return a key as people write it: with dots, and the number of an item in brackets."""
    words = ""
    for part in path:
        words += f"[{part}]" if isinstance(part, int) else f".{part}"
    return words.removeprefix(".")


def quote(value: object) -> str:
    """Return a value as TOML has it, if it is short, or what it is."""
    if isinstance(value, Mapping):
        return "a table"
    if value is None:
        return "nothing"
    try:
        words = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        words = str(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


def _path_in(dotted: str) -> KeyPath:
    return tuple(dotted.split("."))


def _place(section: Sequence[str | int]) -> str:
    return f"[{words_of(section)}]" if section else "the file"


def parted(words: str) -> tuple[str, str]:
    """Part an error's words into what is wrong and what to do about it."""
    found = _CURE.search(words) or re.search("; ", words)
    if found is None:
        return words, "give another value"
    return words[: found.start()], words[found.end() :]
