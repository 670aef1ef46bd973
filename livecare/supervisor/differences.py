"""How two configurations differ, key by key; and one with some of the settings of another."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from livecare.config import Config

Setting = tuple[str, str]
"""A section and one of its keys, which may hold a table; what is changed is always the whole."""
Key = tuple[str, ...]
"""The keys that lead to a value, from the outside in."""
LEFT_OUT: Final = "(left out)"


@dataclass(frozen=True, slots=True)
class Difference:
    """A key that is not what it was.

    Attributes
    ----------
    key : Key
        Which.
    before, after : object
        What it was, and what it is; None for left out.
    """

    key: Key
    before: object
    after: object

    @property
    def setting(self) -> Setting:
        """What it is part of."""
        return self.key[0], self.key[1]

    @property
    def words(self) -> str:
        """It, for people."""
        return f"{'.'.join(self.key)} {_said(self.before)} → {_said(self.after)}"


def differences(before: Config, after: Config) -> list[Difference]:
    """Compare two configurations; keys in the order of the sections."""
    old, new = (dict(_leaves(each.model_dump(by_alias=True))) for each in (before, after))
    return [
        Difference(key, old.get(key), new.get(key))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]


def with_settings(config: Config, other: Config, settings: Collection[Setting]) -> Config:
    """Return a configuration with some of the settings of another."""
    sections = {}
    for section in {section for section, _ in settings}:
        own, others = getattr(config, section), getattr(other, section)
        taken = {key: getattr(others, key) for name, key in settings if name == section}
        sections[section] = own.model_copy(update=taken)
    return config.model_copy(update=sections)


def _leaves(table: Mapping[str, object], key: Key = ()) -> Iterator[tuple[Key, object]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*key, name))
        elif value is not None:
            yield (*key, name), value


def _said(value: object) -> str:
    return LEFT_OUT if value is None else str(value)
