"""Knows how a mistake in a configuration is explained: which key, what it is, what it may be."""

import difflib
from typing import Any

from pydantic_core import ErrorDetails

from livecare.config.schema import known_keys


def explain(problem: ErrorDetails, table: dict[str, Any]) -> str:
    """Say what is wrong with a table; for an unknown key, which known one is nearest."""
    where = [str(part) for part in problem["loc"]]
    key = ".".join(where)
    if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        nearest = difflib.get_close_matches(where[-1], known_keys(where[:-1]), n=1)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
        return f"unknown key '{key}'{hint}"
    found = table
    for part in where:
        found = found.get(part, {}) if isinstance(found, dict) else {}
    given = f" (it is {found!r})" if found != {} else ""
    return f"'{key}'{given}: {problem['msg'].removeprefix('Value error, ')}"
