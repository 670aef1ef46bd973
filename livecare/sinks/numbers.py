"""Which of many numbers are there: one bit each at most, and next to nothing where none is missing.

Numbers stand in pages; a page that is full is one for all. A set of a week's frames without a gap
takes some ten kilobytes, and one that begins at 2**32 no more than one that begins at 0.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

_BITS: Final = 8
"""Bits of a byte; each stands for a number."""
_PAGE_BYTES: Final = 4096
"""Bytes of a page: few for a set of some frames, and few pages for one of millions."""
_PAGE_NUMBERS: Final = _PAGE_BYTES * _BITS
"""Numbers of a page."""
_FULL: Final = b"\xff" * _PAGE_BYTES
"""Stands for every page that has all of its numbers."""
_TOLD: Final = 20
"""Ranges that are written out; of a lane with every other frame there are millions."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers from `first` to `last`, both included."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class NumberSet:
    """A growing set of numbers from 0. One thread adds; others may ask what is there."""

    __slots__ = ("_count", "_left", "_pages", "end")

    def __init__(self) -> None:
        self._pages: dict[int, bytearray | bytes] = {}
        self._left: dict[int, int] = {}
        self._count = 0
        self.end = 0
        """One more than the largest number."""

    def add(self, number: int) -> bool:
        """Put in a number; tell whether it was new."""
        page, place = divmod(number, _PAGE_NUMBERS)
        byte, bit = divmod(place, _BITS)
        bits = self._pages.get(page)
        if bits is None:
            bits = self._pages[page] = bytearray(_PAGE_BYTES)
            self._left[page] = _PAGE_NUMBERS
        if isinstance(bits, bytes) or bits[byte] >> bit & 1:
            return False
        bits[byte] |= 1 << bit
        self._count += 1
        self.end = max(self.end, number + 1)
        self._left[page] -= 1
        if self._left[page] == 0:
            self._pages[page] = _FULL
            del self._left[page]
        return True

    def __contains__(self, number: int) -> bool:
        page, place = divmod(number, _PAGE_NUMBERS)
        bits = self._pages.get(page)
        return bits is not None and bool(bits[place // _BITS] >> place % _BITS & 1)

    def __len__(self) -> int:
        return self._count

    def first_missing(self) -> int:
        """Return the smallest number that is not in the set."""
        return next((first for first, _ in self._gaps(self.end)), self.end)

    def missing_below(self, end: int) -> tuple[NumberRange, ...]:
        """Return the numbers from 0 to `end` - 1 that are not in the set."""
        return tuple(NumberRange(first, last - 1) for first, last in self._gaps(end))

    def there(self) -> tuple[NumberRange, ...]:
        """Return the numbers that are in the set."""
        return tuple(NumberRange(first, end - 1) for first, end in self._runs())

    def _gaps(self, end: int) -> Iterator[tuple[int, int]]:
        """Yield where numbers below `end` are missing: from, and up to but not with."""
        at = 0
        for first, behind in self._runs():
            if first >= end:
                break
            if first > at:
                yield at, first
            at = behind
        if at < end:
            yield at, end

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Yield where numbers are there, in order: from, and up to but not with."""
        begun = at = 0
        for first, behind in self._runs_of_pages():
            if first > at:
                if at > begun:
                    yield begun, at
                begun = first
            at = behind
        if at > begun:
            yield begun, at

    def _runs_of_pages(self) -> Iterator[tuple[int, int]]:
        for page in sorted(self._pages):
            bits, start = self._pages[page], page * _PAGE_NUMBERS
            if isinstance(bits, bytes):
                yield start, start + _PAGE_NUMBERS
                continue
            flags = np.unpackbits(np.frombuffer(bytes(bits), np.uint8), bitorder="little")
            edges = (start + np.flatnonzero(np.diff(np.pad(flags.astype(np.int8), 1)))).tolist()
            yield from zip(edges[::2], edges[1::2], strict=True)


def compact(ranges: Iterable[NumberRange]) -> str:
    """Return ranges as people write them: "3, 7-12"; of very many only the first ones."""
    rest = iter(ranges)
    told = ", ".join(str(one) for one in islice(rest, _TOLD))
    more = sum(1 for _ in rest)
    return f"{told} and {more} more such ranges" if more else told
