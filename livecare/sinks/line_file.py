"""How the lines of a lane's frames are appended to their file, and read back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from livecare.disk import PositionedFile
from livecare.sinks.failures import failure
from livecare.sinks.frame_line import FrameLine, LineFault, decode


@dataclass(frozen=True, slots=True)
class FoundLine:
    """What stands in one line of a file.

    Attributes
    ----------
    number : int
        Number of the line, from 1.
    offset : int
        Where it begins, bytes.
    encoded : bytes
        Its bytes, end of line included.
    content : FrameLine or LineFault
        What they say.
    """

    number: int
    offset: int
    encoded: bytes
    content: FrameLine | LineFault


def scan(path: Path) -> Iterator[FoundLine]:
    """Yield every line of a file, good or not; none where there is no file.

    Raises
    ------
    StoreError
        The disk failed.
    """
    for number, (offset, encoded) in enumerate(_encoded_lines(path), 1):
        yield FoundLine(number, offset, encoded, decode(encoded))


def _encoded_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield where each line of a file begins, and the line."""
    try:
        with path.open("rb") as file:
            offset = 0
            while encoded := file.readline():
                yield offset, encoded
                offset += len(encoded)
    except FileNotFoundError:
        return
    except OSError as error:
        raise failure(error, "reading the frames' lines", path, kept="they are needed") from error


class LineFile:
    """Appends lines to a file, each with one write, all or nothing.

    Parameters
    ----------
    path : Path
        The file; made when missing.
    """

    __slots__ = ("_file", "size")

    def __init__(self, path: Path) -> None:
        self._file = PositionedFile(path, "create")
        self.size = self._file.size

    def append(self, line: FrameLine) -> None:
        """Write one line.

        Raises
        ------
        OSError
            The line cannot be written; the file is as it was.
        StoreError
            See `FrameLine.encode`.
        """
        encoded = line.encode()
        try:
            self._file.write_at(self.size, encoded)
        except OSError:
            self._file.truncate(self.size)
            raise
        self.size += len(encoded)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
