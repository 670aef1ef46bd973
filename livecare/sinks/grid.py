"""Which shard and which slot in it a frame belongs to: pure arithmetic, no files."""

from dataclasses import dataclass
from typing import Final

from livecare.disk import PAGE_BYTES
from livecare.errors import ConfigError
from livecare.frame import Position
from livecare.sinks.checksum import CHECKSUM_BYTES

ENTRY_BYTES: Final = 16
"""Bytes of one entry of a shard's index: offset and size, 64 bits each."""

SHARD_FRAMES_MAX: Final = (PAGE_BYTES - CHECKSUM_BYTES) // ENTRY_BYTES
"""Frames whose index and checksum fit one page, so that one write replaces it whole: 255."""


@dataclass(frozen=True, slots=True, order=True)
class ShardKey:
    """Index of a shard along t, c and z; along y and x a shard is always whole."""

    t: int
    c: int
    z: int

    @property
    def chunk_key(self) -> str:
        """Path of the shard's file in the array's folder."""
        return f"c/{self.t}/{self.c}/{self.z}/0/0"


@dataclass(frozen=True, slots=True)
class ShardGrid:
    """How an image is cut into shards.

    Attributes
    ----------
    frames_t, frames_c, frames_z : int
        Time points, channels and planes that one shard holds.
    """

    frames_t: int
    frames_c: int
    frames_z: int

    @property
    def slots(self) -> int:
        """Frames that one shard can hold."""
        return self.frames_t * self.frames_c * self.frames_z

    def key(self, position: Position) -> ShardKey:
        """Return the shard that holds a position."""
        return ShardKey(
            position.t // self.frames_t, position.c // self.frames_c, position.z // self.frames_z
        )

    def slot(self, position: Position) -> int:
        """Return the place of a position in its shard's index (C order of t, c, z)."""
        t, c, z = (
            position.t % self.frames_t,
            position.c % self.frames_c,
            position.z % self.frames_z,
        )
        return (t * self.frames_c + c) * self.frames_z + z

    def position(self, key: ShardKey, slot: int, p: int) -> Position:
        """Return the position of a shard's slot, in the image of stage position `p`."""
        rest, z = divmod(slot, self.frames_z)
        t, c = divmod(rest, self.frames_c)
        return Position(
            key.t * self.frames_t + t, key.c * self.frames_c + c, key.z * self.frames_z + z, p
        )

    def size_t(self, t: int) -> int:
        """Return the smallest length of the t axis that is whole shards and holds `t`."""
        return (t // self.frames_t + 1) * self.frames_t


def plan_shards(
    channels: int, size_z: int, chunk_bytes: int, max_frames: int, max_bytes: int
) -> ShardGrid:
    """Cut an image into shards that stay within two limits.

    Planes are kept together first, then channels, then time points; an axis that does not fit is
    cut into equal parts.

    Parameters
    ----------
    channels, size_z : int
        Sizes of the c and z axes.
    chunk_bytes : int
        Bytes that one frame takes in a shard at most.
    max_frames : int
        Frames per shard, 1 to `SHARD_FRAMES_MAX`.
    max_bytes : int
        Bytes per shard; a shard holds one frame even where that is more.

    Raises
    ------
    ConfigError
        `max_frames` is out of range.
    """
    if not 1 <= max_frames <= SHARD_FRAMES_MAX:
        raise ConfigError(
            f"shard_frames is {max_frames}; choose 1 to {SHARD_FRAMES_MAX}, "
            f"the number whose index fits one page of {PAGE_BYTES} bytes"
        )
    frames = max(1, min(max_frames, max_bytes // chunk_bytes))
    frames_z = _equal_part(size_z, frames)
    frames_c = _equal_part(channels, frames // frames_z)
    return ShardGrid(frames // (frames_z * frames_c), frames_c, frames_z)


def _equal_part(size: int, most: int) -> int:
    """Return the length of equal parts that an axis is cut into, `most` at most."""
    parts = -(-size // most)
    return -(-size // parts)
