"""What the results say, whichever document says it: figures, and documents by benchmark."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """The documents of a folder.

    Attributes
    ----------
    documents : tuple of dict
        The newest first; smoke runs are left out.
    """

    documents: tuple[Document, ...]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read all that are there."""
        found = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")]
        whole = [each for each in found if not each.get("quick") and "machine" in each]
        return cls(tuple(sorted(whole, key=lambda each: each.get("date", ""), reverse=True)))

    def document(self, benchmark: str) -> Document | None:
        """Return a benchmark's newest document; None where there is none."""
        return next((each for each in self.documents if each.get("benchmark") == benchmark), None)

    def figures(self, benchmark: str, *patterns: str) -> list[Document]:
        """Return figures by their names.

        Parameters
        ----------
        benchmark : str
            Whose.
        *patterns : str
            Regular expressions of a whole name; figures come in the order of the patterns, those of
            each from the newest document that has any.
        """
        documents = [each for each in self.documents if each.get("benchmark") == benchmark]
        return [figure for pattern in patterns for figure in _newest(documents, pattern)]

    def rows(self, benchmark: str) -> list[Document]:
        """Return the rows of a benchmark whose document is made of them."""
        return list((self.document(benchmark) or {"rows": []})["rows"])


def _newest(documents: Sequence[Document], pattern: str) -> list[Document]:
    """Return the figures of the first document that has some of that name."""
    for document in documents:
        found = [each for each in document["figures"] if re.fullmatch(pattern, each["what"])]
        if found:
            return found
    return []


def number(value: float) -> str:
    """Return a number with about three digits, never as a power of ten."""
    size = abs(value)
    if size == 0:
        return "0"
    places = next((n for n, least in enumerate((100, 10, 1, 0.1, 0.01)) if size >= least), 5)
    words = f"{value:.{places}f}"
    return words.rstrip("0").rstrip(".") if "." in words else words


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, the headings first, as a table of Markdown."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def origin_words(measured: Measured, benchmarks: Sequence[str]) -> str:
    """Say what machine, commit and day the newest figures of these benchmarks are of."""
    origins: dict[str, list[str]] = {}
    for name in benchmarks:
        document = measured.document(name)
        if document is not None:
            origins.setdefault(origin_of(document), []).append(name)
    if len(origins) == 1:
        return f"Measured on {next(iter(origins))}."
    said = (f"{', '.join(f'`{name}`' for name in names)}: {of}" for of, names in origins.items())
    return f"Measured on: {'; '.join(said)}."


def origin_of(document: Document) -> str:
    """Say what machine, commit and day a document is of."""
    machine, day = document["machine"], document.get("date", "no date")[:10]
    kernel = machine["kernel"].split("-")[0]
    return f"{machine['cpu']}, {machine['cores']} cores, {kernel}, {_commit(document)}, {day}"


def _commit(document: Document) -> str:
    commit = document.get("commit")
    if not commit:
        return "commit not recorded"
    return f"commit {commit['hash'][:10]}" + (" with changes" if commit["dirty"] else "")
