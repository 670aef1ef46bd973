"""Knows how the frames of one or more senders lie in one recorded stream."""

import time
from dataclasses import dataclass, field, replace
from typing import Final

from livecare import wire
from livecare.errors import ProtocolError
from livecare.frame import Position, StreamInfo

MAX_CHANNELS: Final = 256
"""A message may name any number; a recording of more is a mistake."""
MAX_PLANES: Final = 10_000
MAX_POSITIONS: Final = 10_000
MAX_LEAP: Final = 16
"""Channels, planes or positions that one frame may add by its index, those between included: each
position of a recording takes tens of milliseconds to make, and meanwhile no frame is recorded. Who
has more names them in a start."""
MAX_STEP: Final = 100_000_000
"""Longest believed jump of a number or time point: eleven days at 100 Hz. Whoever counts frames
pays a bit for each."""


@dataclass(slots=True)
class Block:
    """The channels of a stream that one sender's frames go to.

    Attributes
    ----------
    announced : StreamInfo
        What its sender said at the start.
    channels, positions : list of int
        Where each of the sender's channels and stage positions lies in the stream.
    size_z : int
        Planes that the sender has.
    taken : bool
        True while its sender sends.
    """

    announced: StreamInfo
    channels: list[int]
    positions: list[int]
    size_z: int
    taken: bool = field(default=True)


class RecordedStream:
    """One description of a stream, and the blocks of its channels.

    Parameters
    ----------
    run_id : str
        Name of the run that records it.
    announced : StreamInfo
        What the first sender said.
    grows : bool
        May channels, planes and positions be added?
    open_end : bool
        Will it go on when the announced frames have come?

    Attributes
    ----------
    info : StreamInfo
        What the recorder is told.
    base_t : int
        Time point of the present acquisition's first.
    next_t : int
        First time point that no frame has.

    Raises
    ------
    ProtocolError
        If it is more than a recording can hold.
    """

    def __init__(self, run_id: str, announced: StreamInfo, *, grows: bool, open_end: bool) -> None:
        self.info = _checked(
            replace(
                announced,
                run_id=run_id,
                source=f"push: {announced.source}",
                expected_frames=None if open_end else announced.expected_frames,
                grows=grows,
                started_wall_ns=time.time_ns(),
                started_monotonic_ns=time.perf_counter_ns(),
                detail=announced.detail | {"push": {"run_id": announced.run_id}},
            )
        )
        self.base_t = self.next_t = 0
        self._blocks = [_block_at(0, announced, list(range(len(announced.positions))))]
        self._last_t: dict[tuple[int, int, int], int] = {}

    @property
    def first(self) -> Block:
        """The block of the sender that the stream began with."""
        return self._blocks[0]

    def free_block(self, announced: StreamInfo, *, same_source: bool) -> Block | None:
        """Find the channels of an earlier sender that was like this one; the most like first.

        Parameters
        ----------
        announced : StreamInfo
            What the sender says.
        same_source : bool
            Only those of a sender that called itself the same.
        """
        if (announced.shape_yx, announced.dtype) != (self.info.shape_yx, self.info.dtype):
            return None
        found = [b for b in self._blocks if not b.taken and _kind(b.announced) == _kind(announced)]
        if same_source:
            found = [b for b in found if b.announced.source == announced.source]
        return min(found, key=lambda block: _unlike(block.announced, announced), default=None)

    def add_block(self, announced: StreamInfo) -> Block:
        """Give a further sender channels of its own. Raises ProtocolError."""
        taken = set(self.info.channels)
        names = []
        for name in announced.channels:
            names.append(_free_name(name, announced, taken))
            taken.add(names[-1])
        positions, at = list(self.info.positions), list[int]()
        for name in announced.positions:
            at.append(_seat(name, positions, at))
        block = _block_at(len(self.info.channels), announced, at)
        self._grow([*self.info.channels, *names], announced.size_z, positions)
        self._blocks.append(block)
        return block

    def adopt(self, announced: StreamInfo, wider: StreamInfo) -> Block:
        """Go on as a wider stream, all of whose channels are one sender's."""
        self._grow(list(wider.channels), wider.size_z, list(wider.positions))
        self._blocks = [_block_at(0, announced, list(range(len(wider.positions))))]
        return self.first

    def widen(self, block: Block, wanted: StreamInfo) -> None:
        """Give a sender more channels, planes or positions. Raises ProtocolError."""
        channels, positions = list(self.info.channels), list(self.info.positions)
        block_channels, block_positions = list(block.channels), list(block.positions)
        for name in wanted.channels[len(block_channels) :]:
            block_channels.append(len(channels))
            channels.append(_free_name(name, wanted, set(channels)))
        for name in wanted.positions[len(block_positions) :]:
            block_positions.append(_seat(name, positions, block_positions))
        self._grow(channels, wanted.size_z, positions)
        block.channels, block.positions = block_channels, block_positions
        block.size_z = max(block.size_z, wanted.size_z)

    def begin(self, block: Block) -> int:
        """Take a block for a sender that begins; return the time point of its first frame."""
        block.taken = True
        ends = [t + 1 for (c, _, _), t in self._last_t.items() if c in block.channels]
        return max([self.base_t, *ends])

    def is_free(self, position: Position) -> bool:
        """Tell whether a position comes after all that its channel, plane and place have."""
        return position.t > self._last_t.get((position.c, position.z, position.p), -1)

    def fill(self, position: Position) -> None:
        """Take note of a frame."""
        self._last_t[position.c, position.z, position.p] = position.t
        self.next_t = max(self.next_t, position.t + 1)

    def _grow(self, channels: list[str], size_z: int, positions: list[str]) -> None:
        self.info = _checked(
            replace(
                self.info,
                channels=tuple(channels),
                size_z=max(self.info.size_z, size_z),
                positions=tuple(positions),
            )
        )


def _block_at(start: int, announced: StreamInfo, positions: list[int]) -> Block:
    channels = list(range(start, start + len(announced.channels)))
    return Block(announced, channels, positions, announced.size_z)


def _kind(info: StreamInfo) -> tuple[object, ...]:
    """Say what two acquisitions must have in common to be one recording."""
    return (info.channels, info.size_z, info.positions, info.pixel_size_um, info.z_step_um)


def _unlike(earlier: StreamInfo, later: StreamInfo) -> int:
    return 2 * (earlier.source != later.source) + (earlier.run_id != later.run_id)


def _free_name(name: str, announced: StreamInfo, taken: set[str]) -> str:
    """Name a channel so that it can be told from those that are there."""
    for whole in (name, f"{announced.source} {name}", f"{announced.run_id} {name}"):
        if whole not in taken:
            return whole
    count = 2
    while f"{announced.run_id} {name} {count}" in taken:
        count += 1
    return f"{announced.run_id} {name} {count}"


def _seat(name: str, positions: list[str], used: list[int]) -> int:
    """Find the stage position of a name that the sender has not used yet, or add it."""
    for index, known in enumerate(positions):
        if known == name and index not in used:
            return index
    positions.append(name if name not in positions else f"{name} ({len(positions)})")
    return len(positions) - 1


def _checked(info: StreamInfo) -> StreamInfo:
    """Refuse what no recording can hold. Raises ProtocolError."""
    for what, size, most in (
        ("channels", len(info.channels), MAX_CHANNELS),
        ("planes", info.size_z, MAX_PLANES),
        ("positions", len(info.positions), MAX_POSITIONS),
    ):
        if size > most:
            raise ProtocolError(f"{size} {what}; {most} is the most: send fewer")
    wire.encode(wire.StartMessage(info))  # subscribers are told of it
    return info
