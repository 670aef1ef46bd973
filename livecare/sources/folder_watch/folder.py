"""Knows which files of a folder are new, in which order they come, and which are at rest."""

import os
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from livecare.errors import ConfigError, SourceError
from livecare.images.recordings import natural_key, other_files
from livecare.sources.clock import NS_PER_S, Clock
from livecare.sources.folder_watch.settings import FolderWatchSettings

_SUFFIXES: Final = {".tif", ".tiff"}
"""Ends of the names of images, in small letters."""

_OLD_S: Final = 60.0
"""Files that were last written so long ago are at rest; clocks of file servers differ by less."""

_SCAN_SHARE: Final = 0.1
"""Part of the time that is spent on listing the folder, at most."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """A file at a time, with those that belong to it; any change of them changes this.

    Attributes
    ----------
    size : int
        Bytes of all.
    written_ns : int
        When one of them was last written, wall clock, ns.
    placed : bool
        True if each was renamed, or its times were set, after it was last written.
    """

    size: int
    written_ns: int
    placed: bool

    @classmethod
    def of(cls, path: Path, others: Iterable[Path] = ()) -> "FileMark":
        """Look at a file, and at the others that are there. Raises OSError."""
        found = [path.stat(), *filter(None, map(_stat, others))]
        # On Windows st_ctime_ns is the time of creation, which says nothing here.
        placed = os.name == "posix" and all(each.st_ctime_ns > each.st_mtime_ns for each in found)
        written_ns = max(each.st_mtime_ns for each in found)
        return cls(sum(each.st_size for each in found), written_ns, placed)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was not taken yet.

    Attributes
    ----------
    path : Path
        The file.
    mark : FileMark
        How it was when it was looked at last.
    since_ns : int
        Since when it has been like that, monotonic clock, ns.
    others : frozenset of Path
        The other files of its recording, as far as they are known.
    """

    path: Path
    mark: FileMark
    since_ns: int
    others: frozenset[Path] = frozenset()

    @property
    def missing(self) -> list[str]:
        """Names of the files of its recording that are not there."""
        return [other.name for other in sorted(self.others) if not other.exists()]

    def look(self) -> FileMark | None:
        """Look at it again, None if it is gone."""
        try:
            return FileMark.of(self.path, self.others)
        except OSError:
            return None


class WatchedFolder:
    """The files of a folder that were not taken yet.

    Parameters
    ----------
    settings : FolderWatchSettings
        Where, and which.
    clock : Clock
        Of the source.

    Raises
    ------
    ConfigError, SourceError
        See `check_path`.
    """

    def __init__(self, settings: FolderWatchSettings, clock: Clock) -> None:
        self._path = check_path(settings)
        self._settings = settings
        self._clock = clock
        self._seen: set[str] = set()
        self._queue: deque[NewFile] = deque()
        self._broken: dict[Path, NewFile] = {}
        self._parts: set[Path] = set()  # files that are given with another
        self._next_scan_ns = 0
        self.ending = False
        """True once the sentinel was there; what was beside it still comes."""
        self.news_ns = clock.now_ns()
        """When a file was last found, monotonic clock, ns."""
        if not settings.existing:
            self._list()
            self._queue.clear()

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the files that were passed over, with those that belong to them."""
        return tuple(
            path.name
            for file in self._broken.values()
            for path in (file.path, *sorted(file.others))
            if path == file.path or path.exists()
        )

    def head(self) -> NewFile | None:
        """Return the file whose turn it is, None if there is none."""
        if not self._queue and not self.ending and self._clock.now_ns() >= self._next_scan_ns:
            self.look()
        return self._queue[0] if self._queue else None

    def look(self) -> None:
        """Find the files that are new, and those passed over that changed."""
        began = time.perf_counter()
        self.ending = self.ending or self._sentinel_there()
        self._list()
        for file in list(self._broken.values()):
            now = file.look()
            if now is not None and now != file.mark and not file.missing:
                del self._broken[file.path]
                self._queue.append(replace(file, mark=now, since_ns=self._clock.now_ns()))
        took_s = time.perf_counter() - began
        pause_ns = round(took_s / _SCAN_SHARE * NS_PER_S)
        self._next_scan_ns = self._clock.now_ns() + pause_ns

    def at_rest(self, file: NewFile) -> bool:
        """Tell whether nobody writes a file any more; else remember how it is now."""
        now_ns = self._clock.now_ns()
        mark = file.look()
        if mark is None:
            self.take(file)  # it is gone
            return False
        if mark != file.mark:
            self._queue[0] = replace(file, mark=mark, since_ns=now_ns)
            return mark.placed and mark.size > 0
        old = time.time_ns() - mark.written_ns > _OLD_S * NS_PER_S
        settled = now_ns - file.since_ns >= self._settings.settle_s * NS_PER_S
        return mark.size > 0 and (mark.placed or old or settled)

    def join(self, file: NewFile) -> bool:
        """Tell whether the file whose turn it is has turned out to be one of several.

        From then on they count as one, which changes and rests with each of them.
        """
        names = set() if file.others else other_files(file.path)
        if not names:
            return False
        others = frozenset(file.path.parent / name for name in names)
        whole = replace(file, others=others, since_ns=self._clock.now_ns())
        rest = (each for each in self._queue if each.path not in {file.path, *others})
        self._queue = deque([replace(whole, mark=whole.look() or file.mark), *rest])
        self._parts |= others
        for other in others:
            self._broken.pop(other, None)
        return True

    def take(self, file: NewFile) -> None:
        """Let go of the file whose turn it was."""
        if self._queue and self._queue[0].path == file.path:
            self._queue.popleft()

    def pass_over(self, file: NewFile) -> None:
        """Put the file aside that stays broken, until it changes and nothing of it is missing."""
        self.take(file)
        self._broken[file.path] = file

    def unchanged_s(self, file: NewFile) -> float | None:
        """Return how long the file whose turn it is has not changed, s; None if it is gone."""
        head, mark = self._queue[0] if self._queue else None, file.look()
        if head is None or head.path != file.path or mark is None:
            return None
        if mark != head.mark:
            head = self._queue[0] = replace(head, mark=mark, since_ns=self._clock.now_ns())
        return (self._clock.now_ns() - head.since_ns) / NS_PER_S

    def _sentinel_there(self) -> bool:
        sentinel = self._settings.sentinel
        return sentinel is not None and (self._path / sentinel).exists()

    def _list(self) -> None:
        now_ns = self._clock.now_ns()
        found = []
        for name in self._names():
            path = self._path / name
            try:
                file = NewFile(path, FileMark.of(path), now_ns)
            except OSError:
                continue
            self._seen.add(name)
            self.news_ns = now_ns
            if path not in self._parts:
                found.append(file)
        if found:
            files = [*self._queue, *found]
            self._queue = deque(sorted(files, key=lambda file: natural_key(file.path)))

    def _names(self) -> list[str]:
        """Return the names of image files that were not seen before."""
        try:
            with os.scandir(self._path) as entries:
                return [
                    entry.name
                    for entry in entries
                    if entry.name not in self._seen
                    and not entry.name.startswith(".")
                    and Path(entry.name).suffix.lower() in _SUFFIXES
                    and entry.name != self._settings.sentinel
                    and entry.is_file()
                ]
        except OSError:
            return []  # it does not exist yet, or the network is gone for a moment


def check_path(settings: FolderWatchSettings) -> Path:
    """Return the folder that images appear in; it may come later.

    Raises
    ------
    ConfigError
        No path is given.
    SourceError
        It is a file, or nothing is around it; a drive may not be there yet.
    """
    path = settings.path
    if path is None:
        raise ConfigError(
            "folder-watch: no path is given; set source.folder-watch.path to the folder that "
            "images are saved into"
        )
    if path.is_file() or not path.absolute().parent.is_dir():
        raise SourceError(f"folder-watch: {path} is no folder; check the path")
    return path


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
