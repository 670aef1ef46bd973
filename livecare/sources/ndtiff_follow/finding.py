"""Knows which data set is meant by a folder: itself, or the one that is being written in it."""

import time
from pathlib import Path

from livecare.errors import ConfigError, LivecareError, SourceError
from livecare.images.ndtiff_index import find_index
from livecare.sources.ndtiff_follow.settings import NDTiffFollowSettings
from livecare.sources.ndtiff_follow.supply import FrameSupply

_Mark = tuple[int, int]
"""When an index was written last, ns, and how long it is, bytes."""


class DataSetFinder:
    """Looks for the data set until there is one.

    Parameters
    ----------
    settings : NDTiffFollowSettings
        Where.

    Raises
    ------
    ConfigError, SourceError
        See `check_path`.
    """

    def __init__(self, settings: NDTiffFollowSettings) -> None:
        self._settings = settings
        self._path = check_path(settings)
        self._before: dict[Path, _Mark] | None = None

    def find(self) -> Path | None:
        """Return the index of the data set, None while there is none."""
        own = find_index(self._path)
        if own is not None:
            return own
        marks = {index: mark for index in self._indexes() if (mark := _mark(index)) is not None}
        first = self._before is None
        before, self._before = ({} if self._before is None else self._before), marks
        if first:
            return self._running(marks)
        fresh = [index for index, mark in marks.items() if before.get(index) != mark]
        return max(fresh, key=lambda index: marks[index], default=None)

    def _indexes(self) -> list[Path]:
        try:
            folders = [child for child in self._path.iterdir() if child.is_dir()]
        except OSError:
            return []  # it does not exist yet, or is being renamed
        return [index for folder in folders if (index := find_index(folder)) is not None]

    def _running(self, marks: dict[Path, _Mark]) -> Path | None:
        """Return the newest data set unless it was over before livecare came."""
        newest = max(marks, key=lambda index: marks[index], default=None)
        if newest is None or self._settings.finished_too:
            return newest
        return None if self._is_over(newest) else newest

    def _is_over(self, index: Path) -> bool:
        supply = FrameSupply(index)
        try:
            changed_s = max(path.stat().st_mtime for path in (index, *index.parent.glob("*.tif")))
            if time.time() - changed_s > self._settings.idle_s:
                return True
            supply.look()
            return supply.finished()
        except (OSError, LivecareError):
            return True  # if it is written after all, its change will be seen
        finally:
            supply.close()


def check_path(settings: NDTiffFollowSettings) -> Path:
    """Return the folder of the data set, or that it will appear in.

    Raises
    ------
    ConfigError
        No path is given.
    SourceError
        The folder around it does not exist; it may be that of a drive that is not there yet.
    """
    path = settings.path
    if path is None:
        raise ConfigError(
            "ndtiff-follow: no path is given; set source.ndtiff-follow.path to the folder that "
            "Micro-Manager saves into"
        )
    path = path.parent if path.is_file() else path
    if not path.absolute().parent.is_dir():
        raise SourceError(f"ndtiff-follow: {path.parent} does not exist; check the path")
    return path


def _mark(index: Path) -> _Mark | None:
    try:
        found = index.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
