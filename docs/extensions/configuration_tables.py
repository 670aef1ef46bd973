"""Knows how the keys of the configuration are tabulated: from its JSON schema and its example.

The schema has types, defaults and most meanings; where it has none, the comment beside the key in
`config/livecare.toml` is the meaning.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livecare.config.schema import config_schema

EXAMPLE = Path(__file__).parents[2] / "config" / "livecare.toml"
HEADER = re.compile(r"(?:# )?\[([\w.-]+)\](?:\s+# (.+))?")
ENTRY = re.compile(r"(?:# )?([\w-]+) = .*?\s# (.+)")
NOT_ONE = "left out"
"""What a key without a default is by default."""

NAMES = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "object": "table",
    "string": "text",
}
"""What JSON's types are called."""

Schema = dict[str, Any]


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes
    ----------
    name : str
        Its name within its table.
    takes : str
        Its type, with what limits it.
    default : str
        As TOML.
    meaning : str
        What it is for, with its unit.
    """

    name: str
    takes: str
    default: str
    meaning: str


def comments(example: str) -> dict[str, str]:
    """Return what the example says of each key and table, by its whole name."""
    table, found = "", {}
    for line in example.splitlines():
        if header := HEADER.match(line):
            table = header[1]
            found[table] = _sentence(header[2] or "")
        elif entry := ENTRY.match(line):
            found[f"{table}.{entry[1]}"] = _sentence(entry[2])
    return found


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def tables() -> Iterator[tuple[str, str, list[Key]]]:
    """Yield each table of the configuration: its name, what it is for, its keys."""
    schema = json.loads(config_schema())
    said = comments(EXAMPLE.read_text(encoding="utf-8"))
    yield from _tables(schema, schema, "", said)


def _tables(
    whole: Schema, part: Schema, name: str, said: dict[str, str]
) -> Iterator[tuple[str, str, list[Key]]]:
    keys, below = [], []
    for key, entry in part["properties"].items():
        inner = _table_in(whole, entry)
        full = f"{name}.{key}".lstrip(".")
        if inner is not None and "properties" in inner:
            purpose = entry.get("description") or said.get(full) or inner.get("description", "")
            below.append((full, inner | {"purpose": _sentence(purpose)}))
        else:
            takes = _type_of(inner or entry)
            meaning = entry.get("description") or said.get(full, "")
            keys.append(Key(key, takes, _default_of(part, key, entry), meaning))
    if keys:
        yield name, part.get("purpose", ""), keys
    for full, inner in below:
        yield from _tables(whole, inner, full, said)


def _table_in(whole: Schema, entry: Schema) -> Schema | None:
    """Return the definition that an entry refers to, if it does."""
    for choice in [entry, *entry.get("anyOf", [])]:
        if "$ref" in choice:
            definition: Schema = whole["$defs"][choice["$ref"].rpartition("/")[2]]
            return definition
    return None


def _type_of(entry: Schema) -> str:
    if "anyOf" in entry:
        kinds = [each for each in entry["anyOf"] if each.get("type") != "null"]
        return " or ".join(_type_of(each) for each in kinds)
    choices = entry.get("enum", [entry["const"]] if "const" in entry else [])
    if choices:
        return ", ".join(f'`"{choice}"`' for choice in choices)
    kind = "path" if entry.get("format") == "path" else str(entry.get("type", "any"))
    size = entry.get("maxItems")
    if kind == "array" and size and size == entry.get("minItems"):
        return f"list of {size}"
    return NAMES.get(kind, kind) + _limits(entry)


def _limits(entry: Schema) -> str:
    signs = {
        "minimum": "≥",
        "exclusiveMinimum": ">",
        "maximum": "≤",
        "exclusiveMaximum": "<",
    }
    found = [f"{sign} {entry[name]:g}" for name, sign in signs.items() if name in entry]
    return f", {', '.join(found)}" if found else ""


def _default_of(part: Schema, key: str, entry: Schema) -> str:
    if key in part.get("required", []):
        return "must be given"
    default = entry.get("default")
    if default is None:
        return NOT_ONE
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def configuration_page() -> str:
    """Write down every key, as Markdown."""
    lines = []
    for name, purpose, keys in tables():
        lines += [f"## `[{name}]`", "", purpose, ""]
        lines += ["| key | takes | default | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{key.name}` | {key.takes} | {key.default} | {_cell(key.meaning)} |" for key in keys
        ]
        lines.append("")
    return "\n".join(lines)


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("*", "\\*")
