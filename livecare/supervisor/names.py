"""How the recordings of one name are called: the first as configured, others with a number."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from livecare.config import Config
from livecare.config.sections import StoreSection
from livecare.errors import StoreExistsError

Made = TypeVar("Made")

SUFFIX: Final = ".ome.zarr"
"""What a recording's name ends with by custom; the number of a later one goes before it."""


class Names:
    """Gives each recording of a run a path of its own; any thread may ask.

    Parameters
    ----------
    section : StoreSection
        The path that is configured, and what becomes of those that are taken.
    """

    def __init__(self, section: StoreSection) -> None:
        self._section = section
        self._taken: list[Path] = []
        self._turn = threading.Lock()

    def use(
        self, config: Config, make: Callable[[Config], Made], *, first: bool, taken: bool
    ) -> Made:
        """Make something under the path of the next recording; return it.

        Parameters
        ----------
        config : Config
            The run's configuration.
        make : callable
            Makes it, from that configuration with the path in it.
        first : bool
            Whether nothing of the run came before. It gets the path that is configured, whatever
            is there, unless `on_existing` is "number".
        taken : bool
            Whether it takes the path: one that records nothing does not.

        Raises
        ------
        StoreExistsError
            The path is taken, and no other one is to be tried.
        LivecareError
            What `make` raises.
        """
        while True:
            path = self._next(first=first)
            section = config.store.model_copy(update={"path": path})
            try:
                made = make(config.model_copy(update={"store": section}))
            except StoreExistsError:  # another process was quicker to take that number
                if section.on_existing == "refuse":
                    raise
                continue
            if taken:
                with self._turn:
                    self._taken.append(path)
            return made

    def _next(self, *, first: bool) -> Path:
        path = self._section.path
        if first and self._section.on_existing == "refuse":
            return path
        with self._turn:
            number = max(0, len(self._taken) - 1)
            while (path.exists() and not self._section.overwrite) or path in self._taken:
                number += 1
                path = part_path(self._section.path, number)
            return path


def part_path(first: Path, number: int) -> Path:
    """Return the path of a later recording, beside that of the first."""
    stem, ending = _split(first)
    return first.with_name(f"{stem}.{number}{ending}")


def recordings_named(first: Path) -> Iterator[Path]:
    """Find what is there under the path of a first recording, and of later ones."""
    stem, ending = _split(first)
    name = re.compile(rf"{re.escape(stem)}(\.\d+)?{re.escape(ending)}")
    if first.parent.is_dir():
        yield from sorted(path for path in first.parent.iterdir() if name.fullmatch(path.name))


def _split(first: Path) -> tuple[str, str]:
    stem = first.name.removesuffix(SUFFIX)
    return stem, SUFFIX if stem != first.name else ""
