"""Knows what becomes of each fenced block of a page: what is run, what is read, what is refused.

A page has one folder and one Python namespace. `sh` is run by `bash -e` (variables and folder stay
for the next block), `python` is executed, `js` is run by node where there is one; `toml` must be a
configuration of livecare, other formats must be what they say. A block that begins with a file's
name in a comment (`# scope.toml`, `// show.mjs`) is written to that file and not run: a later block
uses it. `<!-- skip: next "reason" -->` before a block leaves it out; `<!-- behind -->` before `sh`
lets it go on, to the page's end, while the next blocks run; `<!-- invisible-code-block: sh` …
`-->` is run and not shown. Ports of 127.0.0.1 are exchanged for free ones.
"""

import configparser
import json
import re
import shutil
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from unittest import SkipTest

import yaml
from room import Room
from sybil import Document, Example, Region
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.lexers import LexerCollection
from sybil.parsers.markdown import SkipParser
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer, RawFencedCodeBlockLexer

from livecare.config import make_config

BEHIND = "<!-- behind -->"
FILE_NAME = re.compile(r"(?:#|//) ([\w.-]+\.(?:toml|py|mjs|js|json|yaml|hex))\n")
COMMAND = re.compile(
    r"^\s*(\$ |>>> |sudo |pip |python3? |livecare |import |from \w+ import)", re.MULTILINE
)

Check = Callable[[str], object]


def _ini(source: str) -> object:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(source)
    return parser


FORMATS: dict[str, Check] = {
    "toml": lambda source: make_config(tomllib.loads(source), "this block"),
    "json": json.loads,
    "yaml": yaml.safe_load,
    "ini": _ini,
    "xml": ET.fromstring,
    "diff": lambda _: None,
    "text": lambda _: None,
}
"""What is read, and by what; `text` is what programs say."""


class Blocks:
    """A Sybil parser: every fenced and every invisible block of a page, with what becomes of it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._python = PythonEvaluator()
        self._lexers = LexerCollection(
            [
                RawFencedCodeBlockLexer(
                    re.compile(r"(?P<language>[^\n]*)\n"),
                    {"language": "language", "source": "source"},
                ),
                DirectiveInHTMLCommentLexer(
                    "invisible-code-block",
                    r"\w+",
                    {"arguments": "language", "source": "source"},
                ),
            ]
        )

    def __call__(self, document: Document) -> Iterable[Region]:
        """Yield the blocks of a page."""
        for region in self._lexers(document):
            region.parsed = region.lexemes["source"]
            region.evaluator = self._evaluate
            yield region

    def _evaluate(self, example: Example) -> str | None:
        language = example.region.lexemes["language"].strip()
        source = self._room.with_free_ports(example.parsed)
        written = FILE_NAME.match(source)
        if written:
            (self._room.home / written[1]).write_text(source, encoding="utf-8")
        if language == "python":
            return self._run_python(example, run=not written)
        if language == "sh":
            before = example.document.text[: example.start].rstrip()
            if before.endswith(BEHIND):
                return self._room.shell_behind(example.line, source)
            return self._room.shell(source)
        if language in {"js", "javascript"}:
            return None if written else self._run_node(source)
        if language in FORMATS:
            FORMATS[language](source)
            return None
        return self._neither(language, source)

    def _run_python(self, example: Example, *, run: bool) -> None:
        whole = example.parsed
        exchanged = self._room.with_free_ports(whole)
        example.parsed = type(whole)(exchanged, whole.offset, whole.line_offset)
        if run:
            self._python(example)
        else:
            compile(exchanged, example.path, "exec")

    def _run_node(self, source: str) -> str | None:
        if shutil.which("node") is None:
            raise SkipTest("there is no node")
        script = self._room.home / "block.mjs"
        script.write_text(source, encoding="utf-8")
        return self._room.program(["node", str(script)])

    @staticmethod
    def _neither(language: str, source: str) -> str | None:
        if language.startswith("{"):
            return None  # a directive of the documentation's builder, which checks it
        if language:
            return (
                f"nothing here runs or reads {language!r}: skip it with a reason, or call it text"
            )
        if COMMAND.search(source):
            return "this looks like commands: say in which language"
        return None


def work_through(document_path: str, room: Room) -> tuple[list[str], list[str]]:
    """Run and read every block of a page, to the first that fails.

    Returns
    -------
    wrong : list of str
        What failed, with the line.
    skipped : list of str
        Reasons for what was left out.
    """
    document = Document.parse(document_path, SkipParser(), Blocks(room))
    skipped = []
    for example in document:
        try:
            example.evaluate()
        except SkipTest as reason:
            skipped.append(f"line {example.line}: {reason}")
        except Exception as error:  # noqa: BLE001 - whatever a block of a page may raise
            failure = f"line {example.line}: {type(error).__name__}: {error}"
            return [failure, *room.end_of_page()], skipped
    return room.end_of_page(), skipped
