"""How one lane is made to agree with itself: its lines, its indices, its pixels."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from livecare.disk import PARTIAL_SUFFIX, move_over, sync_path
from livecare.frame import Position
from livecare.sinks.frame_line import FrameLine, FramePlace, LineFault
from livecare.sinks.lane_reader import LaneReader
from livecare.sinks.layout import lines_path
from livecare.sinks.line_file import FoundLine, LineFile
from livecare.sinks.mended_shard import MendedShard
from livecare.sinks.numbers import NumberSet
from livecare.sinks.open_files import OPEN_SHARDS, OpenFiles
from livecare.sinks.progress import LaneProgress


@dataclass(frozen=True, slots=True)
class Orphan:
    """A frame that is in a shard and has no line."""

    position: Position
    place: FramePlace


class LaneRecovery:
    """Goes through one lane and mends it, in three steps.

    Parameters
    ----------
    lane : LaneReader
        The lane.
    synced_line_bytes : int
        Lines within so many bytes had reached the disk with their pixels; those behind are
        checked against their pixels, because a loss of power may have kept one without the other.
    tell : callable
        Called with what was mended.

    Attributes
    ----------
    frames, lost, size_t : int
        Good lines, the sum of losses that they tell of, and the time points that they reach.
    sequences : NumberSet
        Sequences that have a line.
    """

    def __init__(
        self, lane: LaneReader, synced_line_bytes: int, tell: Callable[[str], None]
    ) -> None:
        self.frames = 0
        self.lost = 0
        self.size_t = 0
        self.sequences = NumberSet()
        self._lane = lane
        self._synced_line_bytes = synced_line_bytes
        self._tell = tell
        self._places = NumberSet()
        self._path = lines_path(lane.root, lane.name)
        self._shards: OpenFiles[str, MendedShard] = OpenFiles(OPEN_SHARDS)

    @property
    def progress(self) -> LaneProgress:
        """What the disk has of the mended lane."""
        size = self._path.stat().st_size if self._path.exists() else 0
        return LaneProgress(self.sequences.end - 1, self.frames, size)

    def mend_lines(self) -> None:
        """Step 1: drop lines that say nothing true, and mend the indices after the others.

        Raises
        ------
        OSError
            The disk failed.
        """
        dropped = [found for found in self._lane.found_lines() if not self._keep(found)]
        if not dropped:
            return
        for found in dropped:
            self._tell(f"{self._lane.name} line {found.number}: dropped, {_reason(found)}")
        if len(dropped) == 1 and _is_torn(dropped[0]):
            with self._path.open("r+b") as file:
                file.truncate(dropped[0].offset)
        else:
            self._rewrite_without({found.number for found in dropped})
        sync_path(self._path)

    def find_orphans(self) -> list[Orphan]:
        """Step 2: cut the shards to their length; return their frames that have no line.

        Raises
        ------
        OSError
            The disk failed.
        """
        orphans = []
        for p, key in self._lane.shards():
            name = f"{self._lane.array_names[p]}/{key.chunk_key}"
            shard = self._open(name)
            for slot, offset, nbytes in shard.index:
                at = self._lane.arrays[p].grid.position(key, slot, p)
                if self._lane.holds(at) and self._lane.number(at) in self._places:
                    continue
                if self._lane.holds(at) and shard.is_intact(offset, nbytes):
                    checksum = shard.checksum(offset, nbytes)
                    orphans.append(Orphan(at, FramePlace(name, offset, nbytes, checksum)))
                else:
                    shard.clear(slot)
                    self._tell(f"{name}: taken out of the index, {at} is not intact")
            ahead = shard.trim()
            if ahead:
                self._tell(f"{name}: cut off {ahead} bytes that were reserved ahead")
        return orphans

    def adopt(self, orphans: Iterable[Orphan], known: dict[Position, int]) -> None:
        """Step 3: write lines for frames that have none.

        Parameters
        ----------
        orphans : iterable of Orphan
            The frames.
        known : mapping
            Sequences by position, from the other lane; elsewhere the first that is missing is the
            best guess.

        Raises
        ------
        OSError
            The disk failed.
        """
        lines = LineFile(self._path)
        try:
            for orphan in orphans:
                sequence = known.get(orphan.position, -1)
                if sequence < 0 or sequence in self.sequences:
                    sequence = self.sequences.first_missing()
                at = orphan.position
                line = FrameLine(
                    sequence, at.t, at.c, at.z, at.p, place=orphan.place, recovered=True
                )
                lines.append(line)
                self._count(line)
                self._tell(f"{self._lane.name} frame {sequence}: line written for {at}")
        finally:
            lines.close()
        sync_path(self._path)

    def set_size_t(self, size_t: int) -> None:
        """Give the lane's arrays their exact number of time points.

        Raises
        ------
        OSError
            A zarr.json cannot be replaced.
        """
        for folder, array in zip(self._lane.array_names, self._lane.arrays, strict=True):
            if array.size_t != size_t:
                array.with_size_t(size_t).save(self._lane.root / folder)
                self._tell(
                    f"{folder}: room was reserved for {array.size_t} time points, "
                    f"{size_t} were recorded"
                )

    def close(self) -> None:
        """Close all shards."""
        self._shards.close()

    def _keep(self, found: FoundLine) -> bool:
        """Tell whether a line is true, the index mended where it alone is."""
        line = found.content
        if isinstance(line, LineFault) or not self._belongs(line):
            return False
        place = line.place
        shard = self._open(place.shard)
        slot = self._lane.arrays[line.p].grid.slot(line.position)
        indexed = shard.index.get(slot) == (place.offset, place.nbytes)
        synced = found.offset + len(found.encoded) <= self._synced_line_bytes
        if not (indexed and synced) and not shard.is_intact(
            place.offset, place.nbytes, place.crc32c
        ):
            return False
        if not indexed:
            shard.put(slot, place.offset, place.nbytes)
            self._tell(f"{self._lane.name} frame {line.sequence}: entered in the index again")
        self._count(line)
        return True

    def _belongs(self, line: FrameLine) -> bool:
        """Tell whether a line is the first of its number and position, in a shard that exists."""
        return (
            line.sequence not in self.sequences
            and self._lane.holds(line.position)
            and self._lane.number(line.position) not in self._places
            and line.place.shard == self._lane.shard_name(line.position)
            and (self._lane.root / line.place.shard).exists()
        )

    def _count(self, line: FrameLine) -> None:
        self.frames += 1
        self.lost += line.lost_before
        self.size_t = max(self.size_t, line.t + 1)
        self.sequences.add(line.sequence)
        self._places.add(self._lane.number(line.position))

    def _open(self, name: str) -> MendedShard:
        path = self._lane.root / name
        shard = self._shards.get(name, lambda: MendedShard(path, self._lane.grid_slots))
        if shard.was_damaged:
            shard.was_damaged = False
            self._tell(f"{name}: the index did not match its checksum and is rebuilt")
        return shard

    def _rewrite_without(self, numbers: set[int]) -> None:
        partial = self._path.with_name(self._path.name + PARTIAL_SUFFIX)
        with partial.open("wb") as file:
            for found in self._lane.found_lines():
                if found.number not in numbers:
                    file.write(found.encoded)
        sync_path(partial)
        move_over(partial, self._path)


def sequences_at(lane: LaneReader, positions: set[Position]) -> dict[Position, int]:
    """Return the sequences of a lane's frames at some positions, where it has them."""
    if not positions:
        return {}
    return {
        found.content.position: found.content.sequence
        for found in lane.found_lines()
        if isinstance(found.content, FrameLine) and found.content.position in positions
    }


def _is_torn(found: FoundLine) -> bool:
    return isinstance(found.content, LineFault) and found.content.torn


def _reason(found: FoundLine) -> str:
    if isinstance(found.content, LineFault):
        return found.content.reason
    return f"frame {found.content.sequence} is not where it says, or not intact"
