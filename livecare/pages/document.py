"""The frame of a page and its plain parts: sections, tables, facts. All words are escaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from livecare import __version__
from livecare.pages.style import STYLE

GENERATOR: Final = '<meta name="generator" content="livecare'
"""Stands at the head of every page, so that one can be told from a file of somebody else's."""


def document(title: str, body: Iterable[str], style: str = "") -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Words for the browser's tab.
    body : iterable of str
        HTML.
    style : str
        CSS beyond that of all pages.
    """
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'{GENERATOR} {escape(__version__)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head><body><main>"
    )
    return "\n".join([head, *body, "</main></body></html>\n"])


def section(name: str, title: str, *parts: str) -> str:
    """Return a section; `parts` are HTML, and `name` is what links lead to."""
    return (
        f'<section id="{escape(name)}"><h2>{escape(title)}</h2>{"".join(filter(None, parts))}'
        "</section>"
    )


def note(words: str) -> str:
    """Return a paragraph of small importance; "" for no words."""
    return f'<p class="note">{escape(words)}</p>' if words else ""


def warning(words: str) -> str:
    """Return a paragraph that stands out; "" for no words."""
    return f'<p class="warning">{escape(words)}</p>' if words else ""


def facts(known: Mapping[str, str]) -> str:
    """Return names and values in two columns; those without a value are left out."""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in known.items() if words
    )
    return f"<dl>{rows}</dl>" if rows else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int] = ()) -> str:
    """Return a table.

    Parameters
    ----------
    heads : sequence of str
        Words above the columns.
    rows : iterable of sequence of str
        Words in the cells.
    words : sequence of int
        Columns that hold sentences: they begin at the left and are wrapped.
    """
    kinds = [' class="words"' if column in words else "" for column in range(len(heads))]
    top = "".join(f"<th{kind}>{escape(each)}</th>" for kind, each in zip(kinds, heads, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{top}</tr>{body}</table></div>'


def folded(summary: str, content: str) -> str:
    """Return HTML that is shown once a reader asks for it."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"
