"""Knows which frames of a data set are there, in their order, and whether it is finished."""

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from livecare.frame import Pixels
from livecare.images.ndtiff_index import Entry, IndexTail
from livecare.sources.ndtiff_follow.stack import StackFiles

_FULL_BYTES: Final = (4 << 30) - (64 << 20)
"""A finished file of this length may be followed by another; shorter ones are the last. Writers
go on in a new file 5 MB and a frame before 4 GiB."""


@dataclass(frozen=True, slots=True)
class WholeFrame:
    """A frame that lies whole on the disk.

    Attributes
    ----------
    entry : Entry
        Where.
    text : bytes
        Its own metadata.
    """

    entry: Entry
    text: bytes


class FrameSupply:
    """The frames of a data set, each once, as soon as they are whole.

    The index names them. Python's writer holds back up to 8 kB of it, some 80 frames; so, while
    nobody has filled the index with zeros beforehand, the pages of the newest file are read, too,
    if the frames' texts name their axes.

    Parameters
    ----------
    index : Path
        The data set's NDTiff.index.
    """

    def __init__(self, index: Path) -> None:
        self._tail = IndexTail(index)
        self._stack = StackFiles(index.parent)
        self._listed: deque[Entry] = deque()
        self._ahead: set[tuple[str, int]] = set()
        self._newest: Entry | None = None
        self._files: set[str] = set()
        self._half_there = False

    @property
    def waiting(self) -> bool:
        """True while frames are listed that were not given yet."""
        return self._half_there or bool(self._listed)

    @property
    def full(self) -> bool:
        """True if the newest file is so long that another may follow."""
        return self._newest is not None and self._newest.end > _FULL_BYTES

    def next(self, *, look: bool = True) -> WholeFrame | None:
        """Return the next frame, None if it is not whole yet.

        Parameters
        ----------
        look : bool
            False for one of those that were found before.

        Raises
        ------
        UsageError
            The index is damaged.
        OSError
            A file cannot be read now.
        """
        if look and not self._listed:
            self._look()
        if not self._listed:
            return None
        entry = self._listed[0]
        text = self._stack.text(entry) if entry.readable else b""
        unwritten = not text and self._tail.padded and not self._is_foreign(entry)
        self._half_there = text is None or unwritten
        if text is None or self._half_there:
            self._forget(entry)
            return None
        self._listed.popleft()
        return WholeFrame(entry, text)

    def look(self) -> None:
        """Find all that is there now; errors as `next`."""
        while self._look():
            pass

    def read_into(self, frame: WholeFrame, pixels: Pixels) -> None:
        """Copy a frame's pixels; errors as `StackFiles.read_into`."""
        self._stack.read_into(frame.entry, pixels)

    def finished(self) -> bool:
        """Tell whether the writer cut index and file behind the newest frame. Raises OSError."""
        newest = self._newest
        if newest is None or self._tail.padded or self._stack.size(newest.file) != newest.end:
            return False
        return self._stack.after(newest.file, len(self._files)) is None

    def close(self) -> None:
        """Close the files; safe to call twice."""
        self._stack.close()

    def _look(self) -> bool:
        """Find more frames; tell whether there are."""
        found = []
        for entry in self._tail.read():
            if (entry.file, entry.offset) in self._ahead:
                self._ahead.discard((entry.file, entry.offset))
            else:
                found.append(entry)
        if not found and not self._tail.padded and (page := self._find_page()) is not None:
            found.append(page)
            self._ahead.add((page.file, page.offset))
        for entry in found:
            self._newest = entry
            self._files.add(entry.file)
        self._listed += found
        return bool(found)

    def _is_foreign(self, entry: Entry) -> bool:
        """Tell whether an entry is whole, and of a frame that livecare does not take."""
        if entry.readable or not entry.text_bytes:
            return False
        return self._stack.size(entry.file) >= entry.end

    def _forget(self, entry: Entry) -> None:
        """Let an entry and those after it be read anew: it may have been half written."""
        if entry.listed_at >= 0:
            self._listed.clear()
            self._tail.go_back(entry)

    def _find_page(self) -> Entry | None:
        """Return the frame after the newest, though the index does not name it yet."""
        newest = self._newest
        if newest is None:
            first = self._stack.first()
            return None if first is None else self._stack.page(first, None)
        page = self._stack.page(newest.file, newest.end + newest.end % 2)
        if page is None:
            follower = self._stack.after(newest.file, len(self._files))
            page = None if follower is None else self._stack.page(follower, None)
        return page
