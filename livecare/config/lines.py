"""Knows in which line of a TOML text each key stands: tomllib reads values and forgets where."""

import bisect
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from livecare.config.toml_scan import KeyPath, LostError, Scanner, Statement


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a text.

    Attributes
    ----------
    line, column : int
        Counted from 1; columns in characters.
    """

    line: int
    column: int


class Text:
    """A text, and its lines.

    Parameters
    ----------
    text : str
        Its lines end with a line feed, or a carriage return and a line feed.

    Attributes
    ----------
    text : str
        The same with line feeds only, as tomllib sees it.
    """

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        ends = (len(line) + 1 for line in self.text.split("\n"))
        self._begins = [0, *itertools.accumulate(ends)]

    def place(self, offset: int) -> Place:
        """Return where a character stands."""
        line = bisect.bisect_right(self._begins, offset)
        return Place(line, offset - self._begins[line - 1] + 1)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the keys of a text stand.

    Attributes
    ----------
    places : mapping of KeyPath to Place
        Of every key, table and item of a list that is known; a table has that of its header.
    """

    places: Mapping[KeyPath, Place] = field(default_factory=dict)

    def of(self, path: Iterable[str | int]) -> Place | None:
        """Return where a key stands; None where it is not written down, or nobody knows."""
        return self.places.get(tuple(path))

    def nearest(self, path: Iterable[str | int]) -> Place | None:
        """Return where a key stands, else the innermost table around it that is written down."""
        inside = tuple(path)
        while inside and inside not in self.places:
            inside = inside[:-1]
        return self.places.get(inside)


class Gathering:
    """Gathers the places of statements as they are read."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._tables: dict[tuple[str, ...], int] = {}
        self._implied: set[KeyPath] = set()
        self.table: KeyPath = ()
        self.places: dict[KeyPath, Place] = {}

    def path_of(self, statement: Statement) -> KeyPath:
        """Return the whole path of what a statement defines; a header's table counts from now."""
        if not statement.header:
            return (*self.table, *statement.path)
        names = statement.path
        if statement.header > 1:
            number = self._tables.get(names, -1) + 1
            within = [each for each in self._tables if each[: len(names)] == names]
            for each in within:  # those of the table before do not count in this one
                del self._tables[each]
            self._tables[names] = number
        return self._counted(names)

    def add(self, statement: Statement, path: KeyPath) -> Place | None:
        """Note where it stands; return where the same was defined before, else None."""
        before = self.places.get(path) if path not in self._implied else None
        if before is None:
            self.places[path] = self._text.place(statement.begin)
            self._implied.discard(path)
        depth = 0 if statement.header else len(self.table)
        for length in range(depth + 1, len(path)):
            if path[:length] not in self.places:
                self.places[path[:length]] = self._text.place(statement.begin)
                self._implied.add(path[:length])
        if before is None:
            for inner, offset in statement.inner:
                self.places.setdefault((*path, *inner), self._text.place(offset))
        return before

    def _counted(self, names: tuple[str, ...]) -> KeyPath:
        """Put the number of the newest behind each table that there are several of."""
        path: list[str | int] = []
        for length, name in enumerate(names, 1):
            path.append(name)
            if names[:length] in self._tables:
                path.append(self._tables[names[:length]])
        return tuple(path)


def find_lines(text: Text, table: Mapping[str, Any]) -> Lines:
    """Find where the keys of a text stand; where that is in any doubt, nothing is known.

    Parameters
    ----------
    text : Text
        TOML.
    table : mapping
        What tomllib makes of it.
    """
    gathering = Gathering(text)
    try:
        for statement in Scanner(text.text).statements():
            path = gathering.path_of(statement)
            if statement.header:
                gathering.table = path
            if gathering.add(statement, path) is not None:
                return Lines()
        sure = gathering.places.keys() == set(paths_in(table))
    except (LostError, RecursionError):
        return Lines()
    return Lines(gathering.places) if sure else Lines()


def paths_in(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of everything in a value."""
    if path:
        yield path
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from paths_in(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths_in(inner, (*path, number))
