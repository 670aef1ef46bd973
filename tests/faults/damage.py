"""Recordings that a disk has damaged: bytes that flipped, files that became shorter or are gone."""

import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livecare.disk import PAGE_BYTES
from livecare.errors import LivecareError, StoreDamagedError
from livecare.frame import Pixels, Position
from livecare.sinks.index import ShardIndex
from livecare.sinks.layout import LANES, LaneName, lines_path
from livecare.sinks.reader import StoreReader

UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Wound:
    """What was done to a recording.

    Attributes
    ----------
    file : str
        To which of its files.
    how : str
        What.
    """

    file: str
    how: str


def wound(store: Path, chance: random.Random) -> Wound:
    """Damage one file somewhere."""
    files = sorted(path for path in store.rglob("*") if path.is_file())
    kinds = sorted({path.suffix for path in files})
    kind = chance.choice(kinds)  # there are many more bytes of pixels than of anything else
    file = chance.choice([path for path in files if path.suffix == kind])
    content = bytearray(file.read_bytes())
    name = file.relative_to(store).as_posix()
    how = chance.choice(["bit", "bit", "bit", "byte", "zeros", "cut", "gone"])
    at = chance.randrange(min(len(content), PAGE_BYTES if chance.random() < 0.3 else 10**9))
    match how:
        case "bit":
            content[at] ^= 1 << chance.randrange(8)
        case "byte":
            content[at] = chance.randrange(256)
        case "zeros":
            content[at : at + 512] = bytes(len(content[at : at + 512]))
        case "cut":
            del content[at:]
        case _:
            file.unlink()
            return Wound(name, "gone")
    file.write_bytes(content)
    return Wound(name, f"{how} at {at} of {len(content)}")


def meaning(store: Path) -> dict[str, Any]:
    """Say what every file of a recording says, to whoever reads it: by name.

    Bytes that nobody looks at, between frames or after a document's end, are left out.
    """
    return {
        path.relative_to(store).as_posix(): _meaning_of(path)
        for path in sorted(store.rglob("*"))
        if path.is_file()
    }


def _meaning_of(path: Path) -> Any:  # noqa: ANN401
    content = path.read_bytes()
    if path.suffix == ".json":
        try:
            document = json.loads(content)
        except ValueError:
            return UNREADABLE
        if isinstance(document, dict) and document.get("node_type") == "array":
            document.pop("attributes", None)  # only a checksum
        return document
    if path.suffix == ".jsonl":
        return content
    return _frames_of(path, content)


def _frames_of(path: Path, content: bytes) -> Any:  # noqa: ANN401
    array = path.parents[5] / "zarr.json"
    try:
        document = json.loads(array.read_bytes())
        slots = document["chunk_grid"]["configuration"]["chunk_shape"][0]
        index = ShardIndex.from_page(content[:PAGE_BYTES], slots)
    except (OSError, ValueError, KeyError, TypeError, IndexError, StoreDamagedError):
        return UNREADABLE
    return [(slot, at, content[at : at + size]) for slot, at, size in index]


def intact(store: Path, frames: dict[LaneName, list[Pixels]]) -> dict[LaneName, set[int]]:
    """Find the frames that can still be read, and are what they were."""
    reader = StoreReader(store)
    found: dict[LaneName, set[int]] = {lane: set() for lane in LANES}
    for lane in LANES:
        for t, expected in enumerate(frames[lane]):
            try:
                pixels = reader.read(lane, Position(t))
            except LivecareError:
                continue
            if pixels is not None and np.array_equal(pixels, expected):
                found[lane].add(t)
    return found


def copy_of(store: Path, target: Path) -> Path:
    """Copy a recording over another one."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(store, target)
    return target


def all_frames(store: Path) -> dict[LaneName, list[Pixels]]:
    """Read a good recording of one image."""
    reader = StoreReader(store)
    frames: dict[LaneName, list[Pixels]] = {}
    for lane in LANES:
        lines = sorted(line.t for line in reader.lines(lane))
        frames[lane] = []
        for t in lines:
            pixels = reader.read(lane, Position(t))
            assert pixels is not None
            frames[lane].append(pixels)
    assert lines_path(store, "raw").exists()
    return frames
