"""Knows how frozen settings turn into JSON values and back, refusing what they do not know."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from livecare.errors import ConfigError

Settings = TypeVar("Settings")


def to_document(settings: Any) -> Any:  # noqa: ANN401 any JSON value or settings may come
    """Turn settings into JSON values: dataclasses into dicts, tuples into lists."""
    if is_dataclass(settings):
        return {f.name: to_document(getattr(settings, f.name)) for f in fields(settings)}
    if isinstance(settings, tuple):
        return [to_document(entry) for entry in settings]
    return settings


def from_document(kind: type[Settings], document: Mapping[str, Any]) -> Settings:
    """Make settings of a kind from JSON values; what is missing keeps its default.

    Raises
    ------
    ConfigError
        If the document holds a key that the settings do not have.
    """
    hints = get_type_hints(kind)
    unknown = sorted(set(document) - set(hints))
    if unknown:
        raise ConfigError(
            f"{kind.__name__}: unknown key {unknown[0]!r}; known are {', '.join(sorted(hints))}"
        )
    return kind(**{name: _restore(hints[name], entry) for name, entry in document.items()})


def _restore(hint: Any, entry: Any) -> Any:  # noqa: ANN401 a type hint is any object
    """Turn one JSON value back into what its field's hint asks for."""
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(entry, Mapping):
        return from_document(hint, entry)
    if get_origin(hint) is tuple and isinstance(entry, list):
        kind = get_args(hint)[0]  # tuples of settings here are of one kind
        return tuple(_restore(kind, item) for item in entry)
    return entry
