"""Knows how a configuration is read and checked: from a TOML file, or from a table."""

import copy
import datetime as dt
import itertools
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from livecare.config.document import read_document
from livecare.config.lines import Lines, Place
from livecare.config.mistake import Mistake, wrong
from livecare.config.mistakes import MISSING, Explainer, quote, words_of
from livecare.config.origin import Origin
from livecare.config.relative_paths import from_folder
from livecare.config.schema import Config
from livecare.config.source_section import refusals
from livecare.config.toml_scan import KeyPath
from livecare.errors import ConfigError

WHEN = (dt.date, dt.time)
"""What TOML has and no key takes; a date with a time is a date."""


def read_config(path: Path) -> Config:
    """Read a TOML configuration.

    Relative paths in it are taken from the folder that it lies in.

    Raises
    ------
    ConfigError
        Names every mistake: the file and the line, the key, what it is, and what it may be; for an
        unknown key, the nearest known one.
    """
    config, mistakes = look_through(path)
    if config is None:
        raise wrong(mistakes)
    return config


def look_through(path: Path) -> tuple[Config | None, tuple[Mistake, ...]]:
    """Read a TOML configuration, or find every mistake in it.

    Raises
    ------
    ConfigError
        If there is no such file, or it cannot be read.
    """
    file = str(path)
    try:
        written = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {file}: {error.strerror}") from error
    try:
        document = read_document(written.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        return None, (_no_text(written, error.start, file),)
    explainer = Explainer(document.table, file, document.lines)
    mistakes = [*document.mistakes, *_dates(explainer, document.table)]
    config = _check(document.table, explainer, mistakes)
    if config is None or mistakes:
        return None, tuple(sorted(mistakes, key=_order))
    origin = Origin(file, document.lines)
    return from_folder(config, path.absolute().parent).coming_from(origin), ()


def make_config(table: dict[str, Any], origin: str) -> Config:
    """Check a configuration table; `origin` names it in errors. Raises ConfigError."""
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        explainer = Explainer(table, origin, Lines())
        raise wrong([explainer.explain(each) for each in error.errors()]) from error
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error


def _check(table: dict[str, Any], explainer: Explainer, mistakes: list[Mistake]) -> Config | None:
    """Check what TOML says, and add to the mistakes; what is wrong is left out for the next look.

    It goes through JSON, where a number in quotes is text and no number. Some checks come only
    after all others have passed, or stop at the first mistake: hence several looks.
    """
    left = copy.deepcopy(table)
    unread = bool(mistakes)
    for mistake in mistakes:
        _leave_out(left, mistake.path)
    while True:
        try:
            return Config.model_validate_json(json.dumps(left), strict=True)
        except ValidationError as error:
            found = [
                explainer.explain(each)
                for each in error.errors()
                if not (unread and each["type"] in MISSING)  # perhaps in a line that is no TOML
            ]
        except ConfigError as error:
            refused = refusals(left.get("source", {}))
            found = [explainer.refused(("source", kind), words) for kind, words in refused]
            found = found or [explainer.refused((), str(error))]
        known = {mistake.path for mistake in mistakes}
        found = [each for each in found if each.path not in known and _holds(each, known)]
        mistakes += found
        if not [each for each in found if _leave_out(left, each.path)]:
            return None


def _holds(mistake: Mistake, known: Collection[KeyPath]) -> bool:
    """Tell whether it is one although others were left out: keys that are wrong are keys, too."""
    return mistake.path[:1] != ("publish",) or not any(path[:1] == ("security",) for path in known)


def _leave_out(table: dict[str, Any], path: KeyPath) -> bool:
    """Take a key out of a table, of an item its whole list; tell whether it was there."""
    names = tuple(itertools.takewhile(lambda part: isinstance(part, str), path))
    here: Any = table
    for name in names[:-1]:
        here = here.get(name) if isinstance(here, dict) else None
    if not names or not isinstance(here, dict) or names[-1] not in here:
        return False
    del here[names[-1]]
    return True


def _dates(explainer: Explainer, value: object, path: KeyPath = ()) -> Iterator[Mistake]:
    """Find the dates and times: no key takes any."""
    if isinstance(value, WHEN):
        yield explainer.mistake(
            path, f"{words_of(path)} is {quote(value)}, a date", "put it in quotes"
        )
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _dates(explainer, inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _dates(explainer, inner, (*path, number))


def _no_text(written: bytes, at: int, file: str) -> Mistake:
    before = written[:at]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    what = f"this is no UTF-8 (a byte of {written[at]:#04x})"
    return Mistake(file, Place(line, column), what, "save the file as UTF-8")


def _order(mistake: Mistake) -> Place:
    """Sort by place; what has none comes first."""
    return mistake.place or Place(0, 0)
