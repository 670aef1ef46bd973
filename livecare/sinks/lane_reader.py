"""How one lane is read back: its lines, its shards, its frames."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from livecare.errors import StoreDamagedError, StoreError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sinks.array import ArrayMetadata
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.grid import ShardKey
from livecare.sinks.layout import LaneName, array_name, lines_path
from livecare.sinks.line_file import FoundLine, scan
from livecare.sinks.shard_view import ShardView


class LaneReader:
    """A lane of a store, finished or still being written.

    Parameters
    ----------
    root : Path
        The store.
    name : {"raw", "restored"}
        Which lane.
    info : StreamInfo
        What was recorded.

    Raises
    ------
    StoreError
        The zarr.json of an array is missing or damaged.
    """

    def __init__(self, root: Path, name: LaneName, info: StreamInfo) -> None:
        self.name = name
        self.root = root
        self.array_names = [array_name(name, p, info) for p in range(len(info.positions))]
        self.arrays = [ArrayMetadata.load(root / folder) for folder in self.array_names]
        self.codec = self.arrays[0].make_codec()

    @property
    def grid_slots(self) -> int:
        """Frames that each shard can hold."""
        return self.arrays[0].grid.slots

    def found_lines(self) -> Iterator[FoundLine]:
        """Yield all lines in the order of writing, damaged ones too."""
        return scan(lines_path(self.root, self.name))

    def lines(self) -> Iterator[FrameLine]:
        """Yield the frames' lines in the order of writing; one that is being written is left out.

        Raises
        ------
        StoreDamagedError
            A line is damaged.
        """
        for found in self.found_lines():
            if isinstance(found.content, FrameLine):
                yield found.content
            elif not found.content.torn:
                path = lines_path(self.root, self.name)
                raise StoreDamagedError(
                    f"{path}, line {found.number}: {found.content.reason}; "
                    f"run 'livecare recover {self.root}'"
                )

    def holds(self, at: Position) -> bool:
        """Tell whether a position lies within the lane's channels, planes and stage positions."""
        return 0 <= at.p < len(self.arrays) and self.arrays[at.p].holds(at)

    def number(self, at: Position) -> int:
        """Return a number that only this position has, counted from 0."""
        array = self.arrays[at.p]
        in_image = (at.t * array.size_c + at.c) * array.size_z + at.z
        return in_image * len(self.arrays) + at.p

    def shard_name(self, at: Position) -> str:
        """Return the file of a position's shard, relative to the store."""
        return f"{self.array_names[at.p]}/{self.arrays[at.p].grid.key(at).chunk_key}"

    def open_shard(self, name: str) -> ShardView:
        """Open a shard by its name; see `ShardView`."""
        return ShardView(self.root / name, self.grid_slots)

    def shards(self) -> Iterator[tuple[int, ShardKey]]:
        """Yield stage position and key of every shard that exists, in order."""
        for p, folder in enumerate(self.array_names):
            found = (self.root / folder).glob("c/*/*/*/0/0")
            keys = (path.relative_to(self.root / folder).parts[1:4] for path in found)
            for key in sorted(ShardKey(*map(int, parts)) for parts in keys):
                yield p, key

    def read(self, at: Position) -> Pixels | None:
        """Return a frame's pixels, shape (y, x), None where it is missing.

        Raises
        ------
        StoreDamagedError
            The frame, or its shard's index, does not match its checksum.
        StoreError
            The position lies outside the recording, or the disk failed.
        """
        if not self.holds(at):
            raise StoreError(f"{at} lies outside the {self.name} lane of {self.root}")
        name = self.shard_name(at)
        try:
            with closing(self.open_shard(name)) as shard:
                entry = shard.index.get(self.arrays[at.p].grid.slot(at))
                return None if entry is None else self.codec.decode(shard.read(*entry))
        except FileNotFoundError:
            return None
        except StoreDamagedError as error:
            raise StoreDamagedError(f"{self.root / name}, {at}: {error}") from error
        except OSError as error:
            raise StoreError(f"{self.root / name}: {error.strerror}; check the disk") from error
