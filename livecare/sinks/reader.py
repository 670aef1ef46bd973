"""How a store is read without Zarr, finished or still being written."""

from collections.abc import Iterator
from pathlib import Path

from livecare.frame import Pixels, Position, StreamInfo
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.lane_reader import LaneReader
from livecare.sinks.layout import LANES, LaneName
from livecare.sinks.manifest import Manifest
from livecare.sinks.marks import Mark, read_marks
from livecare.sinks.numbers import NumberSet
from livecare.sinks.progress import Progress


class StoreReader:
    """A store open for reading.

    Parameters
    ----------
    path : Path
        Its folder.

    Raises
    ------
    StoreError
        It is not a livecare store, or a zarr.json in it is damaged.

    Attributes
    ----------
    path : Path
        Its folder.
    manifest : Manifest
        What is true of the whole recording, as it was when the reader was made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest = Manifest.load(path)
        self._lanes = {name: LaneReader(path, name, self.info) for name in LANES}

    @property
    def info(self) -> StreamInfo:
        """What was recorded."""
        return self.manifest.info

    @property
    def progress(self) -> Progress:
        """Up to which frame the disk has the recording, now; see `Progress.load`."""
        return Progress.load(self.path)

    def lane(self, name: LaneName) -> LaneReader:
        """Return one lane."""
        return self._lanes[name]

    def lines(self, lane: LaneName) -> Iterator[FrameLine]:
        """Yield a lane's lines in the order of writing; see `LaneReader.lines`."""
        return self._lanes[lane].lines()

    def read(self, lane: LaneName, position: Position) -> Pixels | None:
        """Return a frame's pixels, shape (y, x), None where missing; see `LaneReader.read`."""
        return self._lanes[lane].read(position)

    def marks(self) -> list[Mark]:
        """Return the events that were marked, in the order of marking; see `read_marks`."""
        return read_marks(self.path)

    def missing_from_restored(self) -> Iterator[FrameLine]:
        """Yield the lines of raw frames whose sequence has no restored frame.

        The restored frames are counted when the first line is asked for; frames that are restored
        while the caller goes through these lines make no difference.

        Raises
        ------
        StoreDamagedError
            A line is damaged.
        """
        restored = NumberSet()
        for line in self.lines("restored"):
            restored.add(line.sequence)
        for line in self.lines("raw"):
            if line.sequence not in restored:
                yield line
