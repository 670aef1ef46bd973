"""Knows where a configuration comes from, and puts the file and the line before later errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from livecare.config.lines import Lines
from livecare.errors import LivecareError, StoppedError

_DOTTED: Final = re.compile(r"\b[a-z_]+(?:\.[a-z_-]+)+\b")
"""What may be a key with its section."""

_HEAD: Final = re.compile(r"([\w.-]+)(: | = | is )")
"""How an error begins that says which key is to blame."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a configuration comes from; no part of what it says, so that all are equal.

    Attributes
    ----------
    file : str
        The file; "" for none.
    lines : Lines
        Where its keys stand.
    """

    file: str = field(default="", compare=False)
    lines: Lines = field(default_factory=Lines, compare=False)

    @contextmanager
    def naming(self, key: str, *others: str) -> Iterator[None]:
        """Have an error of ours that comes up inside say in which line its cause stands.

        Parameters
        ----------
        key : str
            What is to blame, with dots. Of a section, the one key in it that the error speaks of.
        *others : str
            What may be to blame instead: an error that begins with such a key, or its last part.
        """
        try:
            yield
        except StoppedError:
            raise
        except LivecareError as error:
            error.args = (self.named(str(error), key, *others),)
            raise

    @contextmanager
    def naming_what_is_spoken_of(self) -> Iterator[None]:
        """Do the same for an error that names one key with its section, as cures do."""
        try:
            yield
        except LivecareError as error:
            spoken_of = set(_DOTTED.findall(str(error)))
            places = [each for each in spoken_of if self.lines.of(each.split("."))]
            if len(places) == 1:
                error.args = (self.named(str(error), *places),)
            raise

    def named(self, words: str, key: str, *others: str) -> str:
        """Return an error's words with file, line and key before them; see `naming`."""
        if not self.file or words.startswith(self.file):
            return words
        head = _HEAD.match(words)
        for each in (key, *others):
            if head is not None and head[1] in (each, each.rpartition(".")[2]):
                key = each
                words = words[head.end() :] if head[2] == ": " else words
                break
        path = self._spoken_of(tuple(key.split(".")), words)
        place, name = self.lines.nearest(path), ".".join(path)
        where = self.file if place is None else f"{self.file}:{place.line}"
        left_out = " (left out there)" if self.lines.of(path) is None else ""
        return f"{where}: {name}{left_out}: {words}"

    def _spoken_of(self, path: tuple[str, ...], words: str) -> tuple[str, ...]:
        """Return the one key of a section that an error names; the section if it is none or two."""
        inside = [
            each
            for each in self.lines.places
            if len(each) == len(path) + 1 and each[: len(path)] == path
        ]
        named = [each for each in inside if re.search(rf"\b{re.escape(str(each[-1]))}\b", words)]
        return tuple(map(str, named[0])) if len(named) == 1 else path
