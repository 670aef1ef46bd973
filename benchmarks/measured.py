"""What the results say, whichever document says it: figures, and documents by benchmark."""

import json
import re
from collections.abc import Mapping, Sequence
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

    def document(self, benchmark: str, part: str = "") -> Document | None:
        """Return a benchmark's newest document, with a part of it; None where there is none."""
        found = (each for each in self.documents if each.get("benchmark") == benchmark)
        return next((each for each in found if not part or part in each), None)

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
        found = (self._newest(benchmark, pattern) for pattern in patterns)
        return [figure for _, figures in found for figure in figures]

    def sources(self, benchmark: str, *patterns: str) -> list[Document]:
        """Return the documents that `figures` takes from, each once; without patterns all.

        A benchmark's parts may be measured on several days, each in a document of its own.
        """
        if not patterns:
            return [each for each in self.documents if each.get("benchmark") == benchmark]
        found = [self._newest(benchmark, pattern)[0] for pattern in patterns]
        return [each for each in self.documents if any(each is one for one in found)]

    def _newest(self, benchmark: str, pattern: str) -> tuple[Document | None, list[Document]]:
        """Return the newest document that has figures of that name, and those."""
        for document in self.documents:
            if document.get("benchmark") == benchmark:
                figures = document["figures"]
                found = [each for each in figures if re.fullmatch(pattern, each["what"])]
                if found:
                    return document, found
        return None, []

    def rows(self, benchmark: str) -> list[Document]:
        """Return the rows of a benchmark whose document is made of them."""
        return list((self.document(benchmark) or {"rows": []})["rows"])


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


def origin_words(measured: Measured, shown: Mapping[str, Sequence[str]]) -> str:
    """Say what machine, commit and day figures are of: of benchmarks, by the patterns of each."""
    origins: dict[str, dict[str, None]] = {}
    for name, patterns in shown.items():
        for document in measured.sources(name, *patterns):
            origins.setdefault(origin_of(document), {})[name] = None
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


def absent(command: str) -> str:
    """Return what is said where a table would be of which nothing was measured."""
    return f"Not measured in this form yet: `python benchmarks/{command}`."


def scored(images: Document, label: str) -> Document | None:
    """Return the scores of a contestant on a set, if it has any against a truth."""
    for each in images["contestants"]:
        if each["label"] == label and "psnr_db" in each["scores"]:
            return dict(each["scores"])
    return None
