"""Knows where the statements of a TOML text begin and end, and where the keys in them stand.

It reads structure, not values: those tomllib reads. What it cannot follow it does not guess at.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from livecare.errors import ConfigError

KeyPath = tuple[str | int, ...]
"""The keys that lead to a value, from the outside in; a number for an item of a list."""

_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRING: Final = {
    '"""': re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}"),
    '"': re.compile(r'"(?:[^"\\\n]|\\[^\n])*"'),
    "'": re.compile(r"'[^'\n]*'"),
}
"""What strings look like, by what they begin with: those of several lines first. No character fits
two of the alternatives, so that none is tried twice; possessive quantifiers would say so, but
Python before 3.11.5 follows them wrongly."""
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")
"""A number, a date or a truth value, with the spaces behind it."""


class LostError(ConfigError):
    """The text is no TOML from here on; `offset` says where it was last understood.

    Parameters
    ----------
    offset : int
        Characters before that place.
    endless : bool
        Whether a string of several lines begins there that does not end: all that follows may be
        part of it.
    """

    def __init__(self, offset: int, *, endless: bool = False) -> None:
        super().__init__(f"no TOML from character {offset} on")
        self.offset, self.endless = offset, endless


@dataclass(frozen=True, slots=True)
class Name:
    """A part of a key as it is written.

    Attributes
    ----------
    text : str
        What it says, without quotes.
    offset : int
        Characters before it.
    """

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A table's header, or a key with its value.

    Attributes
    ----------
    names : tuple of Name
        The key, part by part.
    header : int
        How many brackets it stands in: 1 for a table's header, 2 for that of one of several tables,
        0 for a key with a value.
    begin, end : int
        Characters before it, and up to its end.
    inner : tuple of (KeyPath, int)
        Keys and items in its value, from the value on, and the characters before each.
    """

    names: tuple[Name, ...]
    header: int
    begin: int
    end: int
    inner: tuple[tuple[KeyPath, int], ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """What its key says."""
        return tuple(name.text for name in self.names)


class Scanner:
    """Reads a text, statement by statement.

    Parameters
    ----------
    text : str
        TOML, or nearly; its lines end with a line feed only.

    Attributes
    ----------
    begin : int
        Characters before the statement that was read, or tried, last.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self.begin = 0
        self._inner: list[tuple[KeyPath, int]] = []

    def statements(self) -> Iterator[Statement]:
        """Yield all of them.

        Raises
        ------
        LostError
            At the first that is none; after `skip_line` the next call goes on behind its line.
        RecursionError
            If values are nested beyond reason.
        """
        while (begin := self._skip(_BLANK)) < len(self._text):
            self.begin = begin
            yield self._statement(begin)

    def skip_line(self) -> None:
        """Go on behind the line in which the last statement began."""
        end = self._text.find("\n", self.begin)
        self._at = len(self._text) if end < 0 else end

    def _statement(self, begin: int) -> Statement:
        brackets = next(n for n in (2, 1, 0) if self._text.startswith("[" * n, begin))
        self._at += brackets
        self._inner = []
        names = tuple(self._key())
        if brackets:
            self._expect("]" * brackets)
        else:
            self._expect("=")
            self._value(())
        end = self._at
        if self._next(_SPACE) not in ("", "\n", "#"):
            raise LostError(self._at)
        return Statement(names, brackets, begin, end, tuple(self._inner))

    def _key(self) -> Iterator[Name]:
        while True:
            offset = self._skip(_SPACE)
            quote = self._text[offset : offset + 1]
            pattern = _STRING[quote] if quote in ('"', "'") else _BARE_KEY
            written = self._take(pattern)
            yield Name(_plain(written) if quote in ('"', "'") else written, offset)
            if self._next(_SPACE) != ".":
                return
            self._at += 1

    def _value(self, path: KeyPath) -> None:
        begin = self._skip(_SPACE)
        opening = next((each for each in _STRING if self._text.startswith(each, begin)), None)
        if opening is not None:
            self._take(_STRING[opening], endless=len(opening) > 1)
        elif self._text.startswith("[", begin):
            self._items(path)
        elif self._text.startswith("{", begin):
            self._pairs(path)
        else:
            self._take(_SCALAR)

    def _items(self, path: KeyPath) -> None:
        self._at += 1
        count = 0
        while self._next(_BLANK) != "]":
            self._inner.append(((*path, count), self._at))
            self._value((*path, count))
            count += 1
            if not self._comma("]"):
                break
        self._expect("]")

    def _pairs(self, path: KeyPath) -> None:
        self._at += 1
        while self._next(_BLANK) != "}":
            names = tuple(self._key())
            inner = path
            for name in names:
                inner = (*inner, name.text)
                self._inner.append((inner, names[0].offset))
            self._expect("=")
            self._value(inner)
            if not self._comma("}"):
                break
        self._expect("}")

    def _comma(self, closing: str) -> bool:
        """Step over a comma; False where the closing bracket stands instead."""
        if self._next(_BLANK) == closing:
            return False
        self._expect(",")
        return True

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = self._at if found is None else found.end()
        return self._at

    def _next(self, pattern: re.Pattern[str]) -> str:
        """Skip what matches; return the character behind it, "" at the end."""
        at = self._skip(pattern)
        return self._text[at : at + 1]

    def _expect(self, mark: str) -> None:
        self._skip(_SPACE)
        if not self._text.startswith(mark, self._at):
            raise LostError(self._at)
        self._at += len(mark)

    def _take(self, pattern: re.Pattern[str], *, endless: bool = False) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise LostError(self._at, endless=endless)
        self._at = found.end()
        return found.group()


def _plain(quoted: str) -> str:
    """Return what a quoted key says; only tomllib knows every escape. Raises LostError."""
    try:
        plain: str = tomllib.loads(f"key = {quoted}")["key"]
    except tomllib.TOMLDecodeError as error:
        raise LostError(0) from error
    return plain
