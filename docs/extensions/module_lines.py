"""Knows how every module is written down in one line: its own first, read without importing it."""

import ast
from itertools import groupby
from pathlib import Path
from typing import Final

import livecare

SOURCES: Final = Path(livecare.__file__).parent


def modules_page() -> str:
    """Write down each package and what each of its modules says that it knows, as Markdown."""
    return "\n".join(
        "\n".join([f"## {package}\n", *(f"- `{name}`: {first}" for _, name, first in modules), ""])
        for package, modules in groupby(lines_of(SOURCES), key=lambda each: each[0])
    )


def lines_of(sources: Path) -> list[tuple[str, str, str]]:
    """Return package, module and first line of every module, in order.

    Raises
    ------
    ValueError
        If a module says nothing of itself.
    """
    found = []
    for path in sources.rglob("*.py"):
        parts = path.relative_to(sources.parent).with_suffix("").parts
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        if not said:
            raise ValueError(f"{path} has no docstring: say in its first line what it alone knows")
        if path.name == "__init__.py":
            parts = parts[:-1]
        package = ".".join(parts[:2]) if path.parent != sources else parts[0]
        found.append((package, ".".join(parts), said.split("\n\n")[0].replace("\n", " ")))
    return sorted(found)
