"""What a caller may choose about a store."""

from dataclasses import dataclass
from typing import Final, Literal

from livecare.errors import ConfigError
from livecare.sinks.chunk import Compression
from livecare.sinks.grid import SHARD_FRAMES_MAX

SHARD_BYTES: Final = 256 * 2**20
"""Default limit of a shard, bytes: few files per recording, none too large to copy or to lose."""

DIRECT_FROM_BYTES: Final = 4 * 2**20
"""Default size, bytes, from which frames are written past the page cache. Larger ones are written
faster from where they lie. A smaller one is copied sooner than a busy machine wakes the thread that
waits for the disk: 512² uint16 went 2.3 times as fast through the cache (two loaded cores)."""

SYNC_INTERVAL_S: Final = 1.0
"""Default time between syncs, seconds: what a loss of power may cost."""


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """How a store is written.

    Attributes
    ----------
    compression : {"zstd", "lz4"} or None
        Compress each frame; None is fastest.
    restored_dtype : {"float32"} or None
        Pixel type of the restored lane; None takes that of the raw one.
    overwrite : bool
        Replace a livecare store of the same path, finished or not; nothing else is replaced ever.
    shard_frames, shard_bytes : int
        Limits of one shard, in frames and bytes.
    direct_from_bytes : int
        Write frames of this size and more past the page cache, where the file system allows.
    sync_interval_s : float
        Time between syncs, seconds.

    Raises
    ------
    ConfigError
        A value is out of range.
    """

    compression: Compression | None = None
    restored_dtype: Literal["float32"] | None = None
    overwrite: bool = False
    shard_frames: int = SHARD_FRAMES_MAX
    shard_bytes: int = SHARD_BYTES
    direct_from_bytes: int = DIRECT_FROM_BYTES
    sync_interval_s: float = SYNC_INTERVAL_S

    def __post_init__(self) -> None:
        if self.compression not in (None, "zstd", "lz4"):
            raise ConfigError(f"compression is {self.compression!r}; choose zstd, lz4 or none")
        if self.restored_dtype not in (None, "float32"):
            raise ConfigError(f"restored_dtype is {self.restored_dtype!r}; choose float32 or none")
        if not 1 <= self.shard_frames <= SHARD_FRAMES_MAX:
            raise ConfigError(f"shard_frames is {self.shard_frames}; choose 1-{SHARD_FRAMES_MAX}")
        for name in ("shard_bytes", "sync_interval_s"):
            number = getattr(self, name)
            if not number > 0:
                raise ConfigError(f"{name} is {number}; give a value above 0")
