"""Knows how a TOML text is read, and how one with errors in it is read all the same.

A text that tomllib takes is read by it. In one that it refuses each statement is read for itself:
one wrong line hides no other mistake.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from livecare.config.lines import Gathering, Lines, Place, Text, find_lines, paths_in
from livecare.config.mistake import Mistake
from livecare.config.toml_scan import KeyPath, LostError, Scanner, Statement

MOST_MISTAKES: Final = 20
"""Wrong lines that are named: a file with more of them is something else."""
NESTED: Final = "Nested too deeply"
DEEPEST: Final = 32
"""Keys and items that lead to a value, at most; no setting needs more than six."""
UNCLOSED: Final = "A bracket is not closed"
_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
"""How tomllib's words end."""


@dataclass(slots=True)
class Document:
    """What was read of a text.

    Attributes
    ----------
    table : dict
        Everything in it that is right.
    lines : Lines
        Where its keys stand.
    mistakes : list of Mistake
        What is no TOML.
    """

    table: dict[str, Any] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines)
    mistakes: list[Mistake] = field(default_factory=list)


def read_document(written: str, file: str) -> Document:
    """Read a text; `file` names it in mistakes."""
    text = Text(written)
    try:
        table = tomllib.loads(text.text)
    except tomllib.TOMLDecodeError as error:
        document = _Piecewise(text, file).read()
        if not document.mistakes:  # tomllib knows better
            document.mistakes.append(_no_toml(file, *_said(error)))
        return document
    except RecursionError:
        return Document(mistakes=[_no_toml(file, None, NESTED)])
    lines = find_lines(text, table)
    deep = next((path for path in paths_in(table) if len(path) > DEEPEST), None)
    if deep is not None:
        return Document(mistakes=[_no_toml(file, lines.nearest(deep), NESTED)])
    return Document(table, lines)


class _Piecewise:
    """Reads a text statement by statement."""

    def __init__(self, text: Text, file: str) -> None:
        self._text, self._file = text, file
        self._gathering = Gathering(text)
        self._document = Document(lines=Lines(self._gathering.places))
        self._astray = False
        self._unclosed = False

    def read(self) -> Document:
        """Read as much as can be read."""
        for statement in self._statements():
            if statement.header:
                self._open(statement)
            elif not self._astray:
                self._define(statement)
        return self._document

    def _statements(self) -> Iterator[Statement]:
        """Yield those that are some; the others are mistakes."""
        scanner = Scanner(self._text.text)
        while len(self._document.mistakes) < MOST_MISTAKES:
            try:
                for statement in scanner.statements():
                    self._unclosed = False
                    yield statement
            except RecursionError:
                self._note(scanner.begin, NESTED)
                return
            except LostError as lost:
                if not self._unclosed:
                    self._note_line(scanner.begin)
                if lost.endless:
                    return
                scanner.skip_line()
                continue
            return

    def _open(self, statement: Statement) -> None:
        """Go into a table. What follows a header that nobody understands belongs nowhere."""
        path = self._gathering.path_of(statement)
        self._gathering.table = path
        if statement.header > 1:  # nothing that may be set is a list of tables
            self._astray = True
            return
        before = self._gathering.add(statement, path)
        self._astray = self._find(path) is None
        if self._astray or before is not None:
            self._note_taken(statement, before)

    def _define(self, statement: Statement) -> None:
        """Put a key's value where it belongs."""
        written = self._text.text[statement.begin : statement.end]
        try:
            value: Any = tomllib.loads(written)
        except (tomllib.TOMLDecodeError, RecursionError):
            self._note_line(statement.begin)
            return
        for name in statement.path:
            value = value[name]
        if any(len(path) > DEEPEST for path in paths_in(value)):
            self._note(statement.begin, NESTED)
            return
        path = self._gathering.path_of(statement)
        table = self._find(path[:-1])
        if table is None or path[-1] in table:
            self._note_taken(statement, self._gathering.places.get(path))
            return
        self._gathering.add(statement, path)
        table[path[-1]] = value

    def _find(self, path: KeyPath) -> dict[str | int, Any] | None:
        """Return a table, made where there is none yet; None where something else is there."""
        here: Any = self._document.table
        for key in path:
            here = here.setdefault(key, {}) if isinstance(here, dict) else None
        return here if isinstance(here, dict) else None

    def _note_taken(self, statement: Statement, before: Place | None) -> None:
        name = ".".join(statement.path)
        what = f"the table [{name}]" if statement.header else f"'{name}'"
        since = "" if before is None else f", in line {before.line}"
        place = self._text.place(statement.begin)
        words = f"{what} is there already{since}"
        self._document.mistakes.append(Mistake(self._file, place, words, "leave one of them out"))

    def _note_line(self, begin: int) -> None:
        """Note what is wrong with the line that begins there."""
        line = self._text.text[begin:].partition("\n")[0]
        self._astray |= line.startswith("[")
        place, words = _fault_of(line)
        self._unclosed = place is None
        self._note(begin + (0 if place is None else place.column - 1), words)

    def _note(self, offset: int, words: str) -> None:
        self._document.mistakes.append(_no_toml(self._file, self._text.place(offset), words))


def _fault_of(line: str) -> tuple[Place | None, str]:
    """Say what is wrong with a line, and where in it; nowhere if only its end is missing."""
    try:
        tomllib.loads(f"{line}\n")
    except tomllib.TOMLDecodeError as error:
        place, words = _said(error)
        return place, words if place is not None or words.startswith("Unterminated") else UNCLOSED
    except RecursionError:
        return None, NESTED
    return None, "Invalid statement"


def _said(error: tomllib.TOMLDecodeError) -> tuple[Place | None, str]:
    """Return what tomllib says, and where."""
    words = str(error)
    found = _POSITION.search(words)
    if found is None:
        return None, words
    place = None if found[1] is None else Place(int(found[1]), int(found[2]))
    return place, words[: found.start()]


def _no_toml(file: str, place: Place | None, words: str) -> Mistake:
    what = f"this is not valid TOML ({words[:1].lower()}{words[1:]})"
    return Mistake(file, place, what, "write [table], or key = value with text in quotes")
