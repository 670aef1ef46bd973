"""Knows whom the publishers of a part have turned away, in all: each of them counts from nought."""

import threading
from pathlib import Path

import msgspec


class PreviewRefusals:
    """Adds up what is found in the file that a publisher keeps; any thread may ask.

    See `RefusalsFile`.

    Parameters
    ----------
    path : Path
        The file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before: dict[str, int] = {}
        self._present: dict[str, int] = {}
        self._turn = threading.Lock()

    def counts(self) -> dict[str, int]:
        """Return how many there were, by reason."""
        with self._turn:
            return self._count()

    def _count(self) -> dict[str, int]:
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except (OSError, msgspec.MsgspecError):  # nobody was turned away, or the part is over
            found = self._present
        for reason, count in self._present.items():
            if found.get(reason, 0) < count:  # another publisher has begun
                self._before[reason] = self._before.get(reason, 0) + count
        self._present = found
        reasons = {**self._before, **found}
        return {each: self._before.get(each, 0) + found.get(each, 0) for each in reasons}
