"""Where everything in a store is: the only module that knows its folders' and files' names.

::

    STORE/zarr.json                       group: what the recording is, and whether it is complete
    STORE/OME/zarr.json                   the images' names in order, as OME-Zarr 0.5 wants them
    STORE/raw/zarr.json                   image: axes, pixel size, channels
    STORE/raw/0/zarr.json                 its array (t, c, z, y, x)
    STORE/raw/0/c/T/C/Z/0/0               its shards
    STORE/restored/...                    the same
    STORE/livecare/raw.frames.jsonl       a line per frame, in the order of arrival
    STORE/livecare/restored.frames.jsonl
    STORE/livecare/events.jsonl           a line per event that somebody marked; not there without
    STORE/livecare/ledger.json            up to which frame the disk has everything; who writes
    STORE/livecare/reserve                room that lets a recording be closed on a full disk

With several stage positions the images are `raw_p000`, `restored_p000`, `raw_p001`, and so on;
where positions may be added later, the first is `raw` all the same.
The frames' lines stand one file per lane, not per image: in each file their order is the order in
which the lane was written, so that one pass over it finds losses, gaps and the last frame.
"""

from pathlib import Path
from typing import Final, Literal

from livecare.frame import StreamInfo

LaneName = Literal["raw", "restored"]
LANES: Final[tuple[LaneName, ...]] = ("raw", "restored")
"""Both lanes, in the order in which they are made and read."""

METADATA: Final = "zarr.json"
"""What Zarr v3 calls the file with a group's or an array's metadata."""
ARRAY: Final = "0"
"""Folder of an image's array: its only resolution."""
OME: Final = "OME"
"""Group in which OME-Zarr lists the images."""
SIDECAR: Final = "livecare"
"""Group of what OME-Zarr has no place for, and livecare's key in attributes."""


def image_name(lane: LaneName, p: int, info: StreamInfo) -> str:
    """Name the image of stage position `p`."""
    alone = len(info.positions) == 1 or (info.grows and p == 0)
    return lane if alone else f"{lane}_p{p:03d}"


def image_names(info: StreamInfo) -> list[str]:
    """Name all images of a recording: those of the raw lane, then those of the restored."""
    return [image_name(lane, p, info) for lane in LANES for p in range(len(info.positions))]


def array_name(lane: LaneName, p: int, info: StreamInfo) -> str:
    """Name the array folder of an image, relative to the store."""
    return f"{image_name(lane, p, info)}/{ARRAY}"


def lines_path(root: Path, lane: LaneName) -> Path:
    """Say which file holds the lines of a lane's frames."""
    return root / SIDECAR / f"{lane}.frames.jsonl"


def marks_path(root: Path) -> Path:
    """Say which file holds the events that somebody marked; it is there only if one was."""
    return root / SIDECAR / "events.jsonl"


def ledger_path(root: Path) -> Path:
    """Say which file tells how much of the recording the disk has."""
    return root / SIDECAR / "ledger.json"


def reserve_path(root: Path) -> Path:
    """Say which file holds room for closing the recording on a full disk."""
    return root / SIDECAR / "reserve"
