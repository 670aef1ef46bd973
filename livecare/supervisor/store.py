"""Where a part's frames go: a store as it is configured, or nowhere while nobody records."""

from collections.abc import Mapping
from typing import Any, Final

from livecare.config import Config
from livecare.config.sections import StoreSection
from livecare.disk import check_writable
from livecare.errors import UsageError
from livecare.frame import FrameHeader, Ledger, StreamInfo
from livecare.logs import logger
from livecare.sinks.blueprint import check_free
from livecare.sinks.chunk import ChunkCodec, Compression
from livecare.sinks.failures import refusal
from livecare.sinks.options import StoreOptions
from livecare.sinks.store import Store
from livecare.supervisor.calibrated import find_calibration


def check_place(config: Config) -> None:
    """Refuse a recording that could not be made, before the source waits for frames.

    Raises
    ------
    UsageError
        Its place is read-only, or may not be written.
    StoreExistsError
        Its path is taken, and may not or must not be overwritten.
    MissingExtraError
        Its compression needs a package that is not installed.
    """
    section = config.store
    if section.record != "at-once":
        return
    with config.origin.naming("store.path", "store.compression"):
        try:
            check_writable(section.path.resolve())
            if section.on_existing == "refuse":
                check_free(section.path, overwrite=section.overwrite)
        except OSError as error:
            raise refusal(error, section.path) from error
        ChunkCodec((1, 1), "uint8", _compression(section))  # says if its package is not installed


def create_store(config: Config, info: StreamInfo) -> Store:
    """Create the store of a recording, and say how much room its disk has.

    Raises
    ------
    StoreExistsError, MissingExtraError, DiskFullError, StoreError
        As `Store.create`.
    """
    section = config.store
    options = StoreOptions(
        compression=_compression(section),
        restored_dtype="float32" if section.restored_dtype == "float32" else None,
        overwrite=section.overwrite,
    )
    calibrated = find_calibration(config, info)
    origin = "" if calibrated is None else calibrated.origin
    settings = config.model_dump(mode="json") | {"calibration": origin}
    with config.origin.naming("store.path", "store.compression"):
        store = Store.create(section.path, info, options, settings)
    space = store.free_space()
    logger().info(
        "recording",
        store=str(section.path),
        room_frames=space.frames,
        room_minutes=None if space.minutes is None else round(space.minutes, 1),
    )
    if info.expected_frames is not None and info.expected_frames > space.frames:
        logger().warning(
            "the disk has no room for the whole acquisition: free some, or record elsewhere",
            expected_frames=info.expected_frames,
            room_frames=space.frames,
        )
    return store


def _compression(section: StoreSection) -> Compression | None:
    return None if section.compression == "none" else section.compression


class Nowhere:
    """A `FrameSink` that keeps nothing."""

    persisted: Final = -1

    def append(
        self, header: FrameHeader, block: memoryview, provenance: Mapping[str, Any] | None = None
    ) -> None:
        """Drop a frame."""
        del header, block, provenance


class NoStore:
    """Stands where a `Store` does while frames are looked at and not recorded."""

    def __init__(self) -> None:
        self.raw: Final = Nowhere()
        self.restored: Final = Nowhere()

    def grow(self, info: StreamInfo) -> None:
        """Take more channels, planes or positions."""
        del info

    def mark(self, sequence: int, text: str, wall_ns: int) -> None:
        """Refuse: there is no recording that an event could be marked in. Raises UsageError."""
        del sequence, text, wall_ns
        raise UsageError("nothing is being recorded: start a recording, then mark")

    def rest(self) -> None:
        """Hold nothing, as ever."""

    def finish(self, ledger: Ledger) -> None:
        """Close nothing."""
        del ledger

    def close(self) -> None:
        """Let go of nothing."""
