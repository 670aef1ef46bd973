"""Knows which key somebody may have meant: one of the same section, or the same key elsewhere."""

import difflib
from collections.abc import Sequence
from typing import Final

from livecare.config.tree import all_keys, find_node, is_table, known_keys

ALIKE: Final = 0.75
"""A key of another section is named if it is as alike as this, of 1: `difflib` takes 0.6 for close,
which makes `engine` of `gene`."""
MOST: Final = 3
"""Places that are named for one key; where there are more, it says nothing."""


def meant_instead(path: Sequence[str], source: str | None, *, table: bool) -> list[str]:
    """Return the keys that were meant, perhaps: of the same section, else of any other.

    Parameters
    ----------
    path : sequence of str
        The unknown key, as the keys that lead to it.
    source : str or None
        The chosen source: a key of another one was hardly meant.
    table : bool
        Whether it was given a table.
    """
    *section, name = path
    here = known_keys(section)
    near = difflib.get_close_matches(name.lower(), here, n=1)
    if near:
        return [".".join([*section, *near])]
    elsewhere = [each for each in all_keys() if _may_be(each, source, table=table)]
    same = [each for each in elsewhere if each[-1] == name]
    if not same:
        alike = difflib.get_close_matches(name.lower(), {each[-1] for each in elsewhere}, 1, ALIKE)
        same = [each for each in elsewhere if each[-1] in alike]
    return [".".join(each) for each in same] if len(same) <= MOST else []


def _may_be(key: tuple[str, ...], source: str | None, *, table: bool) -> bool:
    node = find_node(key)
    chosen = key[0] != "source" or len(key) == 1 or key[1] in ("kind", source)
    return chosen and node is not None and is_table(node) == table
