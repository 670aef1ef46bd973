"""Where two JSON values differ, as a path and words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_MISSING: Final = object()
"""Stands for a value that is not there; None may be there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not what it should be.

    Attributes
    ----------
    path : tuple of str or int
        Keys and indices that lead to it.
    found, expected : JSON value
        What stands there, and what should.
    """

    path: tuple[str | int, ...]
    found: Any
    expected: Any

    def __str__(self) -> str:
        found = "nothing" if self.found is _MISSING else repr(self.found)
        return f"{'.'.join(map(str, self.path))} {found} instead of {self.expected!r}"


def differences(
    found: Any,  # noqa: ANN401  # JSON
    expected: Any,  # noqa: ANN401
    path: tuple[str | int, ...] = (),
) -> Iterator[Difference]:
    """Yield where a JSON value differs from another; keys that only the first has are passed over.

    Parameters
    ----------
    found, expected : JSON value
        What is there, and what should be.
    path : tuple of str or int
        Where they stand.
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from differences(found.get(key, _MISSING), value, (*path, key))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, pair in enumerate(zip(found, expected, strict=True)):
            yield from differences(*pair, (*path, index))
    elif not _same(found, expected):
        yield Difference(path, found, expected)


def _same(found: Any, expected: Any) -> bool:  # noqa: ANN401
    numbers = type(found) in (int, float) and type(expected) in (int, float)  # True is none
    return (numbers or type(found) is type(expected)) and bool(found == expected)
