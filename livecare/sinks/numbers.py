"""Which of many numbers are there: one bit each, so that a million frames take 125 kB."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BITS = 8
_GROWTH_BYTES = 4096
"""The set grows by this much at least, so that it seldom has to."""


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
    """A growing set of numbers from 0."""

    __slots__ = ("_bits", "_count", "end")

    def __init__(self) -> None:
        self._bits = bytearray()
        self._count = 0
        self.end = 0
        """One more than the largest number."""

    def add(self, number: int) -> bool:
        """Put in a number; tell whether it was new."""
        byte, bit = divmod(number, _BITS)
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte - len(self._bits) + _GROWTH_BYTES))
        new = not self._bits[byte] >> bit & 1
        self._bits[byte] |= 1 << bit
        self._count += new
        self.end = max(self.end, number + 1)
        return new

    def __contains__(self, number: int) -> bool:
        byte, bit = divmod(number, _BITS)
        return byte < len(self._bits) and bool(self._bits[byte] >> bit & 1)

    def __len__(self) -> int:
        return self._count

    def missing_below(self, end: int) -> tuple[NumberRange, ...]:
        """Return the numbers from 0 to `end` - 1 that are not in the set."""
        return _ranges(~self._as_array(end))

    def there(self) -> tuple[NumberRange, ...]:
        """Return the numbers that are in the set."""
        return _ranges(self._as_array(self.end))

    def _as_array(self, end: int) -> NDArray[np.bool_]:
        bits = np.frombuffer(bytes(self._bits), np.uint8)
        flags = np.unpackbits(bits, bitorder="little")[:end].astype(np.bool_)
        return np.pad(flags, (0, end - len(flags)))


def _ranges(flags: NDArray[np.bool_]) -> tuple[NumberRange, ...]:
    edges = np.flatnonzero(np.diff(np.pad(flags.astype(np.int8), 1))).tolist()
    return tuple(
        NumberRange(first, end - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)
    )


def compact(ranges: Iterable[NumberRange]) -> str:
    """Return ranges as people write them: "3, 7-12"."""
    return ", ".join(str(one) for one in ranges)
