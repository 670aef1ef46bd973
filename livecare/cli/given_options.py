"""Knows which of a command's options were given: those that are not as they are left."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SPELLED: Final = {"prop": "property"}
"""Fields that are called otherwise on the command line."""


def given_options(options: "DataclassInstance", names: Iterable[str]) -> str:
    """Return those of some fields that are not as they are left, as a user writes them."""
    left = {each.name: each.default for each in fields(options)}
    given = [name for name in names if getattr(options, name) != left[name]]
    return ", ".join(f"--{SPELLED.get(name, name).replace('_', '-')}" for name in given)
