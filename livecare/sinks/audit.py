"""Whether one lane's lines, indices and pixels agree, frame by frame."""

from typing import Final

from livecare.errors import StoreDamagedError
from livecare.frame import Position
from livecare.sinks.checksum import is_intact, stored
from livecare.sinks.frame_line import FrameLine, FramePlace, LineFault
from livecare.sinks.lane_reader import LaneReader
from livecare.sinks.numbers import NumberSet, compact
from livecare.sinks.open_files import OPEN_SHARDS, OpenFiles
from livecare.sinks.progress import LaneProgress
from livecare.sinks.shard_view import ShardView

_MOST_PROBLEMS: Final = 100
"""Problems that are told one by one; a disk full of damage needs no longer list."""


class Problems:
    """What is wrong with a recording: told one by one, and from some number on only counted."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._more = 0

    def add(self, problem: str) -> None:
        """Take note of a problem."""
        if len(self._told) < _MOST_PROBLEMS:
            self._told.append(problem)
        else:
            self._more += 1

    @property
    def found(self) -> tuple[str, ...]:
        """All problems."""
        return (*self._told, *([f"and {self._more} more"] if self._more else []))


class LaneAudit:
    """Goes through one lane.

    Parameters
    ----------
    lane : LaneReader
        The lane.
    problems : Problems
        Where to say what is wrong.

    Attributes
    ----------
    sequences : NumberSet
        Sequences that have a line.
    frames : int
        Good lines.
    lost : int
        Sum of what the lines say was lost before them.
    size_t : int
        Time points that the lines reach.
    """

    def __init__(self, lane: LaneReader, problems: Problems) -> None:
        self.sequences = NumberSet()
        self.frames = 0
        self.lost = 0
        self.size_t = 0
        self._lane = lane
        self._problems = problems
        self._places = NumberSet()
        self._line_bytes = 0
        self._shards: OpenFiles[str, ShardView] = OpenFiles(OPEN_SHARDS)
        self._unreadable: dict[str, tuple[str, NumberSet]] = {}

    @property
    def progress(self) -> LaneProgress:
        """What `ledger.json` says of a lane that is closed and whole."""
        return LaneProgress(self.sequences.end - 1, self.frames, self._line_bytes)

    def run(self) -> None:
        """Check all lines against the shards, then all shards against the lines."""
        try:
            self._check_lines()
            self._check_shards()
        finally:
            self._shards.close()
        for name, (reason, frames) in self._unreadable.items():
            whose = compact(frames.there()) or "none that has a line"
            self._problems.add(f"{name}: {reason}; {self._lane.name} frames in it: {whose}")

    def _check_lines(self) -> None:
        last = "before the first frame"
        for found in self._lane.found_lines():
            self._line_bytes = found.offset + len(found.encoded)
            if isinstance(found.content, LineFault):
                where = f"{self._lane.name} line {found.number}, {last}"
                self._problems.add(f"{where}: {found.content.reason}")
            else:
                self._check_line(found.content)
                last = f"after frame {found.content.sequence}"

    def _check_line(self, line: FrameLine) -> None:
        frame = f"{self._lane.name} frame {line.sequence}"
        self.frames += 1
        self.lost += line.lost_before
        if not self.sequences.add(line.sequence):
            self._problems.add(f"{frame}: two lines have this number")
        if not self._lane.holds(line.position):
            self._problems.add(f"{frame}: {line.position} lies outside the array")
            return
        self.size_t = max(self.size_t, line.t + 1)
        if not self._places.add(self._lane.number(line.position)):
            self._problems.add(f"{frame}: another line has the same {line.position}")
        fault = self._find_fault(line)
        if fault is not None:
            self._problems.add(f"{frame}: {fault}")

    def _find_fault(self, line: FrameLine) -> str | None:
        """Compare a line with the index and the pixels."""
        place = line.place
        if place.shard != self._lane.shard_name(line.position):
            return f"its line names the shard {place.shard}, where it does not belong"
        shard = self._open(place.shard)
        if shard is None:
            self._unreadable[place.shard][1].add(line.sequence)
            return None
        entry = shard.index.get(self._lane.arrays[line.p].grid.slot(line.position))
        if entry != (place.offset, place.nbytes):
            there = "nothing" if entry is None else f"{entry[1]} bytes at {entry[0]}"
            return (
                f"{place.shard} should have {place.nbytes} bytes at {place.offset}, "
                f"its index says {there}"
            )
        return _find_pixel_fault(shard, place)

    def _check_shards(self) -> None:
        """Look for frames that have no line."""
        for p, key in self._lane.shards():
            grid = self._lane.arrays[p].grid
            shard = self._open(f"{self._lane.array_names[p]}/{key.chunk_key}")
            for slot, _, _ in shard.index if shard is not None else ():
                self._check_known(grid.position(key, slot, p))

    def _check_known(self, at: Position) -> None:
        if not self._lane.holds(at) or self._lane.number(at) not in self._places:
            self._problems.add(f"{self._lane.name}: the frame at {at} has no line")

    def _open(self, name: str) -> ShardView | None:
        """Return a shard, None where it cannot be read; that is told once, at the end."""
        if name in self._unreadable:
            return None
        try:
            return self._shards.get(name, lambda: self._lane.open_shard(name))
        except FileNotFoundError:
            reason = "the shard is missing"
        except OSError as error:
            reason = f"the shard cannot be opened: {error.strerror}"
        except StoreDamagedError as error:
            reason = str(error)
        self._unreadable[name] = (reason, NumberSet())
        return None


def _find_pixel_fault(shard: ShardView, place: FramePlace) -> str | None:
    """Compare a frame's bytes with both checksums, its own and its line's."""
    try:
        content = shard.read(place.offset, place.nbytes)
    except OSError as error:
        return f"{place.shard} cannot be read: {error.strerror}"
    if len(content) < place.nbytes:
        return f"{place.shard} ends before the frame does"
    if not is_intact(content) or stored(content) != place.crc32c:
        return f"its pixels do not match their checksum ({place.shard}, at {place.offset})"
    return None
