"""Knows what becomes of links that leave docs/: the site holds a copy of the file, to download.

Where the sources are read without Sphinx, the same links lead to the files themselves.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LINK = re.compile(r"(\[[^\]]*\])\((\.\.?/[^)#\s]+)(#[^)\s]*)?\)")


def with_copies(text: str, page: Path, root: Path) -> str:
    """Mark links of a page out of a folder as downloads.

    Parameters
    ----------
    text : str
        The page, Markdown.
    page : Path
        Its file.
    root : Path
        The folder that Sphinx builds.

    Returns
    -------
    str
        The same, in MyST: `[words](path:FILE)`; a link to a folder is its words alone.
    """

    def mended(found: re.Match[str]) -> str:
        target = (page.parent / found[2]).resolve()
        if target.is_relative_to(root.resolve()) or not target.exists():
            return found[0]  # within: Sphinx's own affair; missing: it says so
        if target.is_dir():
            return found[1][1:-1]
        return f"{found[1]}(path:{found[2]})"

    return LINK.sub(mended, text)


def _read(app: "Sphinx", docname: str, content: list[str]) -> None:
    page = Path(app.env.doc2path(docname))
    content[0] = with_copies(content[0], page, Path(app.srcdir))


def setup(app: "Sphinx") -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
