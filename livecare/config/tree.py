"""Knows the tree of all that may be set: the keys of each section, and what each may be."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any, Final

from livecare.config.schema import Config

Node = dict[str, Any]
"""What the JSON schema says of a key or a section."""
TYPES: Final = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text in quotes",
    "object": "a table",
    "array": "a list",
}
"""How people say what JSON schema calls a type."""
BOUNDS: Final = {
    "minimum": "{} or more",
    "exclusiveMinimum": "above {}",
    "maximum": "{} or less",
    "exclusiveMaximum": "below {}",
}


def find_node(path: Sequence[str | int]) -> Node | None:
    """Return what is known of a key, given as the keys that lead to it; None for none of ours."""
    here = _follow(_schema())
    for part in path:
        if isinstance(part, int):
            items = here.get("prefixItems", [])
            here = items[part] if part < len(items) else here.get("items", {})
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
        if not here:
            return None
        here = _follow(here)
    return here


def known_keys(section: Sequence[str | int]) -> list[str]:
    """Return the keys of a section, which is given as the keys that lead to it."""
    node = find_node(section)
    return [] if node is None else list(node.get("properties", {}))


def all_keys(section: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every key and section, as the keys that lead to it."""
    for key in known_keys(section):
        yield (*section, key)
        yield from all_keys((*section, key))


def allowed(node: Node) -> str:
    """Say in words what a key may be."""
    variants = [_follow(each) for each in node.get("anyOf", [])]
    if variants:
        return " or ".join(allowed(each) for each in variants if each.get("type") != "null")
    if "enum" in node or "const" in node:
        return _listed([f'"{each}"' for each in node.get("enum", [node.get("const")])])
    kind = node.get("type", "")
    if kind == "array":
        return _list_of(node)
    bounds = [words.format(f"{node[key]:g}") for key, words in BOUNDS.items() if key in node]
    return ", ".join([TYPES.get(kind, "another value"), *bounds])


def is_table(node: Node) -> bool:
    """Tell whether it has keys of its own."""
    return node.get("type") == "object"


@functools.cache
def _schema() -> Node:
    return Config.model_json_schema()


def _follow(node: Node) -> Node:
    """Return what a reference stands for; of what may be left out, what it is where it is given."""
    given = [each for each in node.get("anyOf", []) if each.get("type") != "null"]
    if len(given) == 1:
        node = given[0]
    if "$ref" in node:
        return _follow(_schema()["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    return node


def _list_of(node: Node) -> str:
    parts = node.get("prefixItems") or [node.get("items", {})]
    words = allowed(_follow(parts[0])).removeprefix("a ")
    count = f"{node['minItems']} x " if node.get("minItems") == node.get("maxItems") else ""
    return f"a list in brackets: {count}{words}" if words else TYPES["array"]


def _listed(words: list[str]) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} or {words[-1]}"
