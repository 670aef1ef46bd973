"""The store of a recording: made as it is configured, with a word about the room that it has."""

from livecare.config import Config
from livecare.frame import StreamInfo
from livecare.logs import logger
from livecare.sinks.options import StoreOptions
from livecare.sinks.store import Store


def create_store(config: Config, info: StreamInfo) -> Store:
    """Create the store of a recording, and say how much room its disk has.

    Raises
    ------
    StoreExistsError, MissingExtraError, DiskFullError, StoreError
        As `Store.create`.
    """
    section = config.store
    options = StoreOptions(
        compression=None if section.compression == "none" else section.compression,
        restored_dtype="float32" if section.restored_dtype == "float32" else None,
        overwrite=section.overwrite,
    )
    store = Store.create(section.path, info, options, config.model_dump(mode="json"))
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
